"""Characters of rights holders: registered by an organisation, approved before they can be used.

    pending -> active, and back to pending with every change of what was approved

Of a version that was not yet judged `decided_at` is None. A pending character with a decision was
rejected: it waits for its owner, who sends it to review again by changing it.

    registered = register(tx, context, caller, owner="org:studio", handle="zed", sheet=sheet)
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.characters.underlying import require_sound, rights_document
from cameo_service.context import Context
from cameo_service.documents import policy_document, scope_document
from cameo_service.errors import Invalid, Unknown, WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.facts.records import rights_from
from cameo_service.identifiers import new_id
from cameo_service.permits import ending
from permissions.characters import UnderlyingRight
from permissions.facts import CameoStatus
from permissions.policy import Policy
from permissions.scope import Scope
from storage.contracts import Transaction
from storage.records import CameoRecord, CharacterRecord, Document, PolicyRecord

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_.-]{1,62}")
MATERIAL = ("name", "references", "rights_statement", "territories", "underlying")
"""What a reviewer approves. A change of it is a matter for a reviewer again."""


class HandleTaken(WrongState):
    """A handle names one character, also when that one has ended."""

    code = "handle_taken"


class Character(NamedTuple):
    """Both records of a character. They have one id."""

    cameo: CameoRecord
    record: CharacterRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterSheet:
    """What an owner says of a character. `references` are documents with an url or a hash."""

    name: str
    description: str
    references: tuple[Document, ...]
    rights_statement: str
    territories: Scope
    underlying: tuple[UnderlyingRight, ...]

    def fields(self) -> dict[str, Any]:
        """As the fields of a record."""
        return {
            "name": self.name,
            "description": self.description,
            "references": self.references,
            "rights_statement": self.rights_statement,
            "territories": scope_document(self.territories),
            "underlying": rights_document(self.underlying),
        }


def parse_handle(text: str) -> str:
    """The handle in its one spelling; raise `Invalid` for what cannot be one.

    >>> parse_handle("@Zed")
    'zed'
    """
    handle = unicodedata.normalize("NFKC", text).strip().removeprefix("@").casefold()
    if not _HANDLE.fullmatch(handle):
        raise Invalid(
            "handle_malformed",
            f"`{text[:80]}` is not a handle: 2 to 63 letters, digits and `_.-` are, of ASCII, of "
            "which the first is a letter or a digit",
        )
    return handle


def register(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    owner: str,
    handle: str,
    sheet: CharacterSheet,
) -> Character:
    """Store a new character, pending, under a policy that lets nobody but its owner."""
    caller.require_acting_for(owner)
    if not owner.startswith("org:"):
        raise Invalid("owner_not_org", f"`{owner}` is not an organisation: expected `org:…`")
    handle, id, now = parse_handle(handle), new_id("cam"), context.clock()
    require_sound(tx, caller, sheet.underlying, owner=owner, of=id, before=(), now=now)
    if tx.characters.named(handle) is not None:
        raise HandleTaken(f"the handle `{handle}` is taken")
    cameo = CameoRecord(
        id=id,
        version=1,
        kind="character",
        owner=owner,
        status=CameoStatus.PENDING,
        enrollment_id=None,
        credential=None,
        credential_expires_at=None,
        created_at=now,
        updated_at=now,
    )
    record = CharacterRecord(
        id=id,
        version=1,
        owner=owner,
        handle=handle,
        created_by=caller.key_id,
        created_at=now,
        updated_at=now,
        **sheet.fields(),
    )
    tx.cameos.add(cameo)
    tx.characters.add(record)
    tx.policies.append(_first_policy(record))
    document = {"cameo": id, "owner": owner, "version": record.version}
    log(tx, Event.CHARACTER_REGISTERED, document, subjects=(id, owner), now=now)
    tx.revisions.touch(touched.cameo(id), now=now)
    return Character(cameo, record)


def _first_policy(record: CharacterRecord) -> PolicyRecord:
    return PolicyRecord(
        cameo_id=record.id,
        version=1,
        document=policy_document(Policy()),
        created_by=record.created_by,
        created_at=record.created_at,
    )


def change(
    tx: Transaction, context: Context, caller: Caller, *, id: str, sheet: CharacterSheet
) -> Character:
    """Store the next version. One that differs in what was approved is to be reviewed again.

    What is said already changes nothing. The handle stays: reviewers and requesters know the
    character by it.
    """
    cameo, record = owned(tx, caller, id)
    if cameo.status.is_ended:
        raise WrongState(f"character `{id}` is `{cameo.status}`")
    fields, now = sheet.fields(), context.clock()
    differing = {name for name, value in fields.items() if getattr(record, name) != value}
    if not differing:
        return Character(cameo, record)
    before = rights_from(record.underlying)
    require_sound(tx, caller, sheet.underlying, owner=record.owner, of=id, before=before, now=now)
    changed = replace(record, **fields, updated_at=now)
    if cameo.status is CameoStatus.PENDING or not differing.isdisjoint(MATERIAL):
        changed = replace(changed, decided_by=None, decided_at=None, note=None)
    record = tx.characters.save(changed)
    document = {"cameo": id, "version": record.version}
    log(tx, Event.CHARACTER_CHANGED, document, subjects=(id, record.owner), now=now)
    return Character(_back_to_review(tx, cameo, record), record)


def _back_to_review(tx: Transaction, cameo: CameoRecord, record: CharacterRecord) -> CameoRecord:
    """A suspended character stays so, and waits for its review once it is reinstated."""
    if record.decided_at is not None:
        return cameo
    now = record.updated_at
    if cameo.status is CameoStatus.ACTIVE:
        cameo = tx.cameos.save(replace(cameo, status=CameoStatus.PENDING, updated_at=now))
    ending.end_permits(tx, touched.cameo(cameo.id), now=now)
    tx.revisions.touch(touched.cameo(cameo.id), now=now)
    return cameo


def find(tx: Transaction, id: str) -> Character | None:
    """The character with this id, whoever asks, or None."""
    record = tx.characters.find(id)
    return None if record is None else Character(tx.cameos.get(id), record)


def owned(tx: Transaction, caller: Caller, id: str) -> Character:
    """The character, to those who act for its owner; else `Unknown`, whether it exists or not."""
    found = find(tx, id)
    if found is None or not caller.acts_for_principal(found.cameo.owner):
        raise Unknown(f"there is no character `{id}`")
    return found


def active_named(tx: Transaction, handle: str) -> Character:
    """The active character with this handle, to anybody; else `Unknown`, registered or not."""
    name = parse_handle(handle)
    record = tx.characters.named(name)
    cameo = None if record is None else tx.cameos.get(record.id)
    if record is None or cameo is None or cameo.status is not CameoStatus.ACTIVE:
        raise Unknown(f"there is no character `{name}`")
    return Character(cameo, record)


def history(
    tx: Transaction, caller: Caller, id: str, *, limit: int, after: int
) -> list[CharacterRecord]:
    """The versions above `after`, oldest first, to those who act for the owner."""
    owned(tx, caller, id)
    return [each for each in tx.characters.history(id) if each.version > after][:limit]
