"""The command line: `cameo --help`.

One module a command. What is slow to import is imported inside the commands, so that help comes
at once.
"""
