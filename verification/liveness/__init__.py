"""Evidence that a living person followed the challenge: one check a module."""
