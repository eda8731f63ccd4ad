"""Who may do what with whose likeness: pure decisions, no I/O, no clock, no framework.

`decide` is the one procedure; everything else in this package is what it looks at. Read it in this
order: `vocabulary` and `taxonomy` for the words, `request` for the question, `facts`, `policy`,
`terms`, `characters`, `representation` and `deployment` for what is known, `decide` for the steps,
`disclosure` for what a requester gets to see.

What is known and asked is held in frozen dataclasses. What a decision makes on its way is a
`msgspec.Struct`, frozen too (vary one with `msgspec.structs.replace`): a decision makes a dozen,
and each takes a tenth of the time.

    >>> from permissions.decide import decide
"""
