"""From the consent decision to the standard's: a boolean, and the context that explains it.

`context.reason` is the stable code, as the access-request draft reads it; `reasons` has every code
with its step and sentence, `reason_user` the sentences in the form of the standard's example. There
is no `reason_admin`: what a requester must not read never leaves the service.

>>> denial(code="action_unknown", step=1, message="there is no such action here")["decision"]
False
"""

from datetime import datetime
from typing import Any

from cameo_service.authzen.obligations import is_able, obligation_documents
from permissions.decision import Decision, PartyOutcome, Reason

NOT_ABLE = "obligation_unsupported"


def decision_document(
    decision: Decision, context: dict[str, Any], *, names: dict[str, str]
) -> dict[str, Any]:
    """What the caller is told of `decision`, which must be what its requester may read.

    `context` is the request's: it may declare which obligations the caller can do. `names` are
    the ids that were sent, where the decision has others.
    """
    if not decision.permitted:
        return {"decision": False, "context": _explained(decision, names)}
    owed = decision.obligations
    if owed and not is_able(context):
        message = "the caller cannot do what this permission asks for in return"
        return denial(code=NOT_ABLE, step=10, message=message)
    explained = _explained(decision, names)
    if owed:
        explained["obligations"] = obligation_documents(owed)
    if decision.expires_at is not None:
        explained["expires_at"] = moment(decision.expires_at)
    return {"decision": True, "context": explained}


def denial(*, code: str, step: int, message: str) -> dict[str, Any]:
    """A denial for one reason."""
    return {"decision": False, "context": _reasons([_reason(code, step, message)], permitted=False)}


def moment(at: datetime) -> str:
    """The timestamp (RFC 3339)."""
    return at.isoformat().replace("+00:00", "Z")


def _explained(decision: Decision, names: dict[str, str]) -> dict[str, Any]:
    reasons = [_reason_of(each) for each in decision.reasons]
    explained = _reasons(reasons, permitted=decision.permitted)
    explained["effect"] = decision.effect.value
    explained["revision"] = decision.revision
    if not decision.permitted:
        explained["could_change"] = list(decision.could_change)
    if len(decision.parties) > 1:
        explained["parties"] = [_party(party, names) for party in decision.parties]
    return explained


def _reasons(reasons: list[dict[str, Any]], *, permitted: bool) -> dict[str, Any]:
    sentence = "; ".join(dict.fromkeys(each["message"] for each in reasons))
    status = "200" if permitted else "403"
    return {"reason": reasons[0]["code"], "reasons": reasons, "reason_user": {status: sentence}}


def _reason_of(reason: Reason) -> dict[str, Any]:
    document = _reason(reason.code.value, reason.step, reason.message)
    return {**document, "aspects": list(reason.aspects)} if reason.aspects else document


def _reason(code: str, step: int, message: str) -> dict[str, Any]:
    return {"code": code, "step": step, "message": message}


def _party(party: PartyOutcome, names: dict[str, str]) -> dict[str, Any]:
    document = {
        "cameo_id": names.get(party.cameo_id, party.cameo_id),
        "effect": party.effect.value,
        "reason": _reason_of(party.reason),
    }
    change = party.could_change
    return document if change is None else {**document, "could_change": change}
