"""Grants: offered and signed, seen by their sides, passed on, revoked.

from cameo_service.grants import granted, offers

record = offers.make(tx, context, caller, offer)
granted.revoke(tx, context, caller, id=record.id, reason=None)
"""
