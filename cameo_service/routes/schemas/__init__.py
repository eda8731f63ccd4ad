"""What travels over the wire, a module a subject."""
