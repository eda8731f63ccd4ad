"""Who may do what with whose likeness: pure decisions, no I/O, no clock, no framework.

`decide` is the one procedure; everything else in this package is what it looks at.

    >>> from permissions.decide import decide
"""
