"""Access requests: asking for what a decision did not permit, and the answers of those asked.

    record, is_new = access.ask(tx, context, caller, Asked(request, draft=None), "for a film")
    access.state_of(record, now=now)

No permit comes from here. Once a request is approved, the requester asks the question again.
"""

from cameo_service.access.asking import (
    ask,
    of_requester,
    state_of,
    sweep_overdue,
    visible,
    withdraw,
)
from cameo_service.access.deciding import Addressed, ByGrant, Once, approve, deny
from cameo_service.access.inbox import ApproverView, InboxQuery, approver_view, inbox

__all__ = [
    "Addressed",
    "ApproverView",
    "ByGrant",
    "InboxQuery",
    "Once",
    "approve",
    "approver_view",
    "ask",
    "deny",
    "inbox",
    "of_requester",
    "state_of",
    "sweep_overdue",
    "visible",
    "withdraw",
]
