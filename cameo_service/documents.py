"""The stored form of policies and terms, and the way back to what `permissions` decides over.

Documents hold a part of what `permissions` knows: of a policy its audience and who is approved, of
terms their actions, facets and window, without further limits. Whatever else a policy or terms
say is refused on the way in: what would be lost on the way is never stored.

>>> policy_from({"audience": {"tag": "everyone"}, "approved": []}).audience_for(Action.TAG)
<Audience.EVERYONE: 'everyone'>
"""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from permissions.policy import Policy
from permissions.terms import Terms
from permissions.vocabulary import Action, Audience, Facet, parse_principal

POLICY_KEYS = frozenset({"audience", "approved"})
TERMS_KEYS = frozenset({"actions", "facets", "not_before", "not_after"})


def policy_document(policy: Policy) -> dict[str, Any]:
    """The policy as JSON data, in a stable order. One that says more than documents do raises."""
    if policy != Policy(audience=policy.audience, approved=policy.approved):
        raise ValueError("the policy says more than its document can hold")
    return {
        "audience": {str(action): str(level) for action, level in sorted(policy.audience.items())},
        "approved": sorted(policy.approved),
    }


def policy_from(document: dict[str, Any]) -> Policy:
    """Read what `policy_document` wrote. Anything else raises: it never reads as permissive."""
    _require_keys(document, POLICY_KEYS)
    audience = {Action(name): Audience(level) for name, level in document["audience"].items()}
    return Policy(
        audience=MappingProxyType(audience),
        approved=frozenset(parse_principal(name) for name in document["approved"]),
    )


def terms_document(terms: Terms) -> dict[str, Any]:
    """The terms as JSON data, in a stable order. Terms that say more raise."""
    if terms != _unlimited(terms):
        raise ValueError("the terms say more than their document can hold")
    return {
        "actions": sorted(str(action) for action in terms.actions),
        "facets": sorted(str(facet) for facet in terms.facets),
        "not_before": _text(terms.not_before),
        "not_after": _text(terms.not_after),
    }


def terms_from(document: dict[str, Any]) -> Terms:
    """Read what `terms_document` wrote. Anything else raises: it never reads as permissive."""
    _require_keys(document, TERMS_KEYS)
    return Terms.without_limits(
        actions=frozenset(Action(name) for name in document["actions"]),
        facets=frozenset(Facet(name) for name in document["facets"]),
        not_before=_moment(document["not_before"]),
        not_after=_moment(document["not_after"]),
    )


def _require_keys(document: dict[str, Any], keys: frozenset[str]) -> None:
    """A key too many is a limit that would be overlooked."""
    if document.keys() != keys:
        odd = ", ".join(f"`{key}`" for key in sorted(document.keys() ^ keys))
        raise ValueError(f"the document has too many or too few keys: {odd}")


def _unlimited(terms: Terms) -> Terms:
    return Terms.without_limits(
        actions=terms.actions,
        facets=terms.facets,
        not_before=terms.not_before,
        not_after=terms.not_after,
    )


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"`{text}` has no time zone")
    return moment
