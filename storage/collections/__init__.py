"""One subject a module, each over the statements of one transaction."""
