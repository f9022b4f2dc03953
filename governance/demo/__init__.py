"""The demo organisation: a cast, four real models, and their way through the portal, told by the actions people use."""
