"""Webhooks: platforms and generators are told at once of what is theirs to know.

from cameo_service.webhooks import telling

telling.tell_erasure(tx, erasure, {holder: disclosures}, now=now)

`endpoints` keeps where to; `outbox` stores what, in the transaction of the event; `delivering`
sends it, to addresses that `targets` lets through, signed as `signatures` has it.
"""
