"""The draft *Access Request and Approval*: a denial that asking could change says how to ask.

`context.access_request` has a binding token, in which the question, the caller and the end are
sealed. Whoever asks sends it back with the same question; it is worth nothing with another one, in
another hand, or later. The draft recommends a JWS, for access request services that others run;
here the same service reads it, so it is sealed, and nobody else can.

    hint = access_request(decision, evaluation, terms=terms)
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import rfc8785

from cameo_service.authzen.decisions import moment
from cameo_service.authzen.metadata import REQUESTS
from cameo_service.authzen.reading import EvaluationIn
from cameo_service.authzen.sealing import Seal
from cameo_service.authzen.vocabulary import RELEVANT_CONTEXT
from permissions.decision import COULD_CHANGE, CouldChange, Decision

LIFETIME = timedelta(minutes=10)
"""How long after a denial it can be asked about."""
PURPOSE = "denial"
ASKING = frozenset({CouldChange.ASK_OWNER, CouldChange.ASK_APPROVAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a hint is made with: the service's URL, its seal, whose hint it is, and when."""

    base: str
    seal: Seal
    owner: str
    now: datetime


def access_request(
    decision: Decision, evaluation: EvaluationIn, *, terms: Terms
) -> dict[str, Any] | None:
    """`context.access_request` of a denial, or None where asking could change nothing."""
    remedies = {COULD_CHANGE.get(reason.code) for reason in decision.reasons}
    if decision.permitted or not remedies or not remedies <= ASKING:
        return None
    digest = binding_digest(evaluation)
    if digest is None:
        return None
    ends = terms.now.replace(microsecond=0) + LIFETIME
    members = [name for name in RELEVANT_CONTEXT if name in evaluation.context]
    claims = {
        "binding_hash": digest,
        "binding_context_members": members,
        "denial_expires_at": moment(ends),
    }
    token = terms.seal.close(PURPOSE, claims, owner=terms.owner, ends=ends)
    return {
        "endpoint": terms.base + REQUESTS,
        "template": min(str(remedy) for remedy in remedies),
        "expires_at": moment(ends),
        "binding_token": token,
    }


def binding_digest(evaluation: EvaluationIn) -> str | None:
    """SHA-256 over the canonical question (RFC 8785): subject, resource, action, what of the
    context is looked at. None where it has numbers that have no canonical form."""
    subject = msgspec.to_builtins(evaluation.subject)
    subject["properties"] = {
        name: value for name, value in subject["properties"].items() if name != "act"
    }
    context = evaluation.context
    question = {
        "subject": subject,
        "resource": msgspec.to_builtins(evaluation.resource),
        "action": msgspec.to_builtins(evaluation.action),
        "context": {name: context[name] for name in RELEVANT_CONTEXT if name in context},
    }
    try:
        return hashlib.sha256(rfc8785.dumps(question)).hexdigest()
    except rfc8785.CanonicalizationError:
        return None
