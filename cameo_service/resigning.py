"""Credentials and signed grants by a withdrawn key, signed anew by the key of now.

    found = resign(context, unlogged=False)
    found.credentials, found.grants, found.left

Only what the consent log committed to before the key must be considered revoked: that log has
another key, and each of its entries is proven against what was published. What stands in the
database alone may have been put there by whoever had the key; `unlogged` takes the operator's word
that it was not. A run that was cut off is simply repeated.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cameo_service import touched
from cameo_service.context import Context
from cameo_service.enrollments import credentials
from cameo_service.events import Event
from cameo_service.grants.offers import grant_claims
from cameo_service.log.held import held_entries
from cameo_service.log.proving import proof_of
from cameo_service.signing import NotSignedHere, SignedByWithdrawnKey, canonical_hash
from cameo_service.templates.genuine import require_stored
from storage.contracts import Transaction
from storage.errors import Conflict, Tampered
from storage.keys import Purpose
from storage.log.entries import TIME, opens
from storage.records import CameoRecord, GrantRecord, LogOpeningRecord

AT_ONCE = 50
CREDENTIALS = frozenset({Event.CAMEO_ENROLLED, Event.CAMEO_RENEWED, Event.CREDENTIAL_SIGNED})
GRANTS = frozenset({Event.GRANT_OFFERED, Event.GRANT_ACCEPTED})


@dataclass(kw_only=True)
class Resigned:
    """How many were signed anew, and the ids of those that were not, each with why.

    Why is `not_logged` where no log entry from before commits to it, `tampered` where what is
    stored is not what was signed, `changed` where somebody changed it meanwhile.
    """

    credentials: int = 0
    grants: int = 0
    left: dict[str, str] = field(default_factory=dict)


def resign(context: Context, *, unlogged: bool = False) -> Resigned:
    """Sign anew what a withdrawn key has signed. Raises `LogBroken`, `NotYetLogged`."""
    found = Resigned()
    for cameo in _pages(
        context, lambda tx, after: tx.cameos.credentialed(limit=AT_ONCE, after=after)
    ):
        found.credentials += _counted(
            found, cameo.id, _credential(context, cameo, unlogged=unlogged)
        )
    for grant in _pages(context, lambda tx, after: tx.grants.after(after, limit=AT_ONCE)):
        found.grants += _counted(found, grant.id, _grant(context, grant, unlogged=unlogged))
    return found


def _counted(found: Resigned, id: str, outcome: str | None) -> int:
    """1 for what was signed anew; what is not to be is not counted at all."""
    if outcome in (None, "signed"):
        return int(outcome == "signed")
    found.left[id] = outcome or ""
    return 0


def _pages(
    context: Context, page_of: Callable[[Transaction, str | None], Sequence[Any]]
) -> Iterator[Any]:
    after = None
    while True:
        with context.store.read() as tx:
            page = page_of(tx, after)
        yield from page
        if not page:
            return
        after = page[-1].id


def _credential(context: Context, cameo: CameoRecord, *, unlogged: bool) -> str | None:
    """What became of a credential; None where a key signed it that counts."""
    token = cameo.credential or ""
    signed = _withdrawn(context, Purpose.IDENTITY, token)
    if signed is None:
        return None
    if isinstance(signed, str):
        return signed
    digest = credentials.digest_of(token)

    def commits(event: Mapping[str, Any]) -> bool:
        return event.get("credential_sha256") == digest

    if not unlogged and not _is_logged(context, cameo.id, CREDENTIALS, commits, signed):
        return "not_logged"
    try:
        with context.store.write() as tx:
            _keep_credential(tx, context, cameo, signed.claims)
    except Tampered:
        return "tampered"
    except Conflict:
        return "changed"
    return "signed"


def _keep_credential(
    tx: Transaction, context: Context, cameo: CameoRecord, claims: Mapping[str, Any]
) -> None:
    """Raises `Tampered` where the claims are not about what is stored, `Conflict` where the cameo
    changed meanwhile."""
    now = context.clock()
    require_stored(tx, cameo, claims)
    credential = credentials.signed_anew(tx, context, claims, now=now)
    tx.cameos.save(replace(cameo, credential=credential, updated_at=now))
    credentials.log_signed(tx, cameo, credential, now=now)
    tx.revisions.touch(touched.cameo(cameo.id), now=now)


def _grant(context: Context, grant: GrantRecord, *, unlogged: bool) -> str | None:
    """What became of a grant's signed form; None where a key signed it that counts."""
    signed = _withdrawn(context, Purpose.GRANT, grant.signed)
    if signed is None:
        return None
    if isinstance(signed, str):
        return signed
    # the version that it was signed in may be an earlier one
    stored = grant_claims(grant, issuer=context.settings.issuer)
    if {**signed.claims, "version": 0} != {**stored, "version": 0}:
        return "tampered"
    terms = canonical_hash(grant.terms)
    stated = (grant.id, grant.cameo_id, grant.grantor, grant.grantee, grant.parent, terms)
    names = ("grant", "cameo", "grantor", "grantee", "parent", "terms_sha256")

    def commits(event: Mapping[str, Any]) -> bool:
        return tuple(event.get(name) for name in names) == stated

    if not unlogged and not _is_logged(context, grant.cameo_id, GRANTS, commits, signed):
        return "not_logged"
    try:
        with context.store.write() as tx:
            token = context.signer.sign_in(tx, Purpose.GRANT, signed.claims)
            tx.grants.save(replace(grant, signed=token))
            keys = touched.cameo(grant.cameo_id), touched.principal(grant.grantee)
            tx.revisions.touch(*keys, now=context.clock())
    except Conflict:
        return "changed"
    return "signed"


def _withdrawn(context: Context, purpose: Purpose, token: str) -> SignedByWithdrawnKey | str | None:
    """What a withdrawn key signed; None where another did, and `tampered` where none did."""
    try:
        context.signer.open(purpose, token)
    except SignedByWithdrawnKey as signed:
        return signed
    except NotSignedHere:
        return "tampered"
    return None


def _is_logged(
    context: Context,
    cameo_id: str,
    kinds: frozenset[Event],
    commits: Callable[[Mapping[str, Any]], bool],
    signed: SignedByWithdrawnKey,
) -> bool:
    """Whether an entry from before the withdrawal, proven to be in the log, commits to it."""
    after = -1
    while True:
        with context.store.read() as tx:
            page = tx.log.about(cameo_id, limit=AT_ONCE, after=after)
            numbers = [
                each.number
                for each in page
                if _is_committed(tx, each, kinds, commits, before=signed.revoked_at)
            ]
        for number in numbers:
            proof_of(context, number)
            return True
        if not page:
            return False
        after = page[-1].number


def _is_committed(
    tx: Transaction,
    opening: LogOpeningRecord,
    kinds: frozenset[Event],
    commits: Callable[[Mapping[str, Any]], bool],
    *,
    before: datetime,
) -> bool:
    (entry,) = held_entries(tx, opening.number, limit=1)
    if entry.number != opening.number:
        return False
    if not opens(entry.entry, opening.document, salt=opening.salt):
        return False
    event, members = json.loads(opening.document), json.loads(entry.entry)
    time = datetime.strptime(members["time"], TIME).replace(tzinfo=UTC)
    return event.get("event") in kinds and time < before and commits(event)
