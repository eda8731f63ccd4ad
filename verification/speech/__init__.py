"""Where speech is, and whether the expected digits were said."""
