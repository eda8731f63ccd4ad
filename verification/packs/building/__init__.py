"""Build packs from models of other frameworks, in an environment of their own."""
