"""`cameo models`: the model packs of a data directory, commands of one subject a module."""
