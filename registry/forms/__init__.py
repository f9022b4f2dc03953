"""The shape of what people type, by subject. Whether it is allowed is asked by the actions."""
