"""The parts of the archive that come from the API's lists.

for path, items in lists_of(context, person, "user:ann"):
    archive.add_list(path, items)
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.exports.views import every, shown
from cameo_service.routes import (
    access,
    asked,
    cameos,
    characters,
    erasures,
    grants,
    notices,
    people,
    protection,
    relations,
    representation,
    uses,
    webhooks,
)
from cameo_service.routes.cameos import OwnersQuery
from cameo_service.routes.schemas.access import AccessQuery, InboxPageQuery
from cameo_service.routes.schemas.approvals import ApprovalQuery
from cameo_service.routes.schemas.asked import AskedQuery
from cameo_service.routes.schemas.common import PageQuery
from cameo_service.routes.schemas.grants import GrantsQuery
from cameo_service.routes.schemas.recognition import NoticesQuery, ProtectedFacesQuery
from cameo_service.routes.schemas.representation import MandateQuery
from cameo_service.routes.schemas.webhooks import DeliveriesQuery, WebhooksQuery
from cameo_service.routes.uses import HeldQuery

Listed = tuple[str, Iterator[Any]]


def lists_of(context: Context, person: Caller) -> Iterator[Listed]:
    """What there is of a principal besides their cameos. `person` acts for that one only."""
    me = person.principal
    yield (
        "representation/of-me.json",
        every(
            partial(representation.list_representations, context, person),
            MandateQuery,
            represented=me,
        ),
    )
    yield (
        "representation/by-me.json",
        every(
            partial(representation.list_representations, context, person),
            MandateQuery,
            representative=me,
        ),
    )
    yield (
        "relations/mutuals.json",
        every(partial(relations.list_mutuals, me, context, person), PageQuery),
    )
    yield (
        "relations/blocks.json",
        every(partial(relations.list_blocks, me, context, person), PageQuery),
    )
    yield (
        "grants/to-me.json",
        every(partial(grants.find_grants, context, person), GrantsQuery, grantee=me),
    )
    yield (
        "access/asked-by-me.json",
        every(partial(access.list_access_requests, context, person), AccessQuery, requester=me),
    )
    yield (
        "access/asked-of-me.json",
        every(
            partial(access.list_asked_requests, context, person),
            InboxPageQuery,
            asked=me,
            pending=False,
        ),
    )
    yield "uses/held-by-me.json", every(partial(uses.list_uses, context, person), HeldQuery)
    yield (
        "notices.json",
        every(partial(notices.list_notices, context, person), NoticesQuery, principal=me),
    )
    yield (
        "protected-faces.json",
        every(
            partial(protection.list_protected_faces, context, person),
            ProtectedFacesQuery,
            principal=me,
        ),
    )
    yield from _webhooks_of(context, person)


def _webhooks_of(context: Context, person: Caller) -> Iterator[Listed]:
    """Where the principal is told of events, and what was sent there."""
    endpoints = list(
        every(
            partial(webhooks.list_webhooks, context, person),
            WebhooksQuery,
            principal=person.principal,
        )
    )
    yield "webhooks.json", iter(endpoints)
    for endpoint in endpoints:
        id = endpoint["id"]
        yield (
            f"webhooks/{id}.json",
            every(partial(webhooks.list_deliveries, id, context, person), DeliveriesQuery),
        )


def person_of(context: Context, person: Caller) -> Any:  # noqa: ANN401 (JSON data)
    """What the platform reported of the person; None of an organisation or an application."""
    if not person.principal.startswith("user:"):
        return None
    return shown(people.get_person(person.principal, context, person))


def cameos_of(context: Context, person: Caller) -> Iterator[dict[str, Any]]:
    """Every cameo of theirs, ended ones too, with its policy; a person's with the credential."""
    return every(partial(cameos.list_cameos, context, person), OwnersQuery, owner=person.principal)


def erasure_of(context: Context, person: Caller, cameo_id: str) -> Any:  # noqa: ANN401 (JSON data)
    """The erasure of a cameo, with its certificate and proof once it is done; None without one."""
    with context.store.read() as tx:
        found = tx.erasures.of_cameo(cameo_id)
    return None if found is None else shown(erasures.get_erasure(found.id, context, person))


def lists_of_cameo(context: Context, person: Caller, cameo: dict[str, Any]) -> Iterator[Listed]:
    """What there is of one cameo."""
    id = cameo["id"]
    yield "policies.json", every(partial(cameos.get_policy_history, id, context, person), PageQuery)
    yield "grants.json", every(partial(cameos.list_grants, id, context, person), PageQuery)
    yield (
        "approvals.json",
        every(partial(access.list_approvals, context, person), ApprovalQuery, cameo_id=id),
    )
    yield "uses.json", every(partial(uses.list_cameo_uses, id, context, person), PageQuery)
    yield "asked-about.json", every(partial(asked.list_who_asked, id, context, person), AskedQuery)
    if cameo["kind"] == "character":
        yield (
            "character.json",
            every(partial(characters.get_character_history, id, context, person), PageQuery),
        )
