"""What a decision may look at, as lazy views over where it is kept.

    facts = facts_over(TransactionSource(tx, now), request.requester)
    decision = decide(request, facts, now=now)

`source` says what there is to ask for, `records` compiles stored records, `reading` asks a
transaction, and `held` keeps what was compiled in memory for as long as it is surely true.
"""
