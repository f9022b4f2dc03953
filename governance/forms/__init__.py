"""The shape of what administrators say about people, and people about their tokens. Actions ask what is allowed."""
