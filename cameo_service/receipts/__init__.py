"""Receipts: the lasting proof of a use, signed, committed to in the consent log, kept.

from cameo_service.receipts import issuing

issuing.issue(tx, context, Reported(use=use, permit=permit, met=()), now=now)
"""
