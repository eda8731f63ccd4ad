"""`cameo models`: the model packs of a data directory, one group of commands a module."""
