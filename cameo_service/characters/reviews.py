"""What a reviewer of characters does: look at those that wait, and approve or reject them.

settle(tx, context, caller, id="cam_1", approve=True, note=None, version=3)
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.characters.registration import Character, find
from cameo_service.context import Context
from cameo_service.errors import Forbidden, Unknown, WrongState
from cameo_service.events import Event
from cameo_service.events import record as log
from permissions.facts import CameoStatus
from storage.contracts import Transaction


class OwnCharacter(Forbidden):
    """Nobody approves what is their own."""

    code = "own_character"


class VersionSuperseded(WrongState):
    """The owner changed the character after the reviewer looked at it."""

    code = "version_superseded"


def waiting(tx: Transaction, *, limit: int, after: str | None) -> list[Character]:
    """The pending characters on whose version nobody decided yet, in order of id."""
    found: list[Character] = []
    while len(found) < limit and (page := tx.characters.awaiting_review(limit=limit, after=after)):
        found += [
            Character(tx.cameos.get(record.id), record)
            for record in page
            if record.decided_at is None
        ]
        after = page[-1].id
    return found[:limit]


def settle(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    id: str,
    approve: bool,
    note: str | None,
    version: int | None,
) -> Character:
    """Approve or reject the current version, which must be `version` where that is given.

    A rejected character stays pending until its owner changes it.
    """
    found = find(tx, id)
    if found is None:
        raise Unknown(f"there is no character `{id}`")
    cameo, record = found
    if caller.principal == record.owner:
        raise OwnCharacter(f"the key is of `{record.owner}`, which owns the character")
    if cameo.status is not CameoStatus.PENDING:
        raise WrongState(f"character `{id}` is `{cameo.status}`: nothing to review")
    if record.decided_at is not None:
        raise WrongState(f"character `{id}` was rejected and not changed since")
    if version not in (None, record.version):
        raise VersionSuperseded(
            f"character `{id}` has version `{record.version}` by now: look at that one"
        )
    now = context.clock()
    record = tx.characters.save(
        replace(record, decided_by=caller.key_id, decided_at=now, note=note, updated_at=now)
    )
    document = {"cameo": id, "version": record.version, "approved": approve}
    log(tx, Event.CHARACTER_DECIDED, document, subjects=(id, record.owner), now=now)
    if approve:
        cameo = tx.cameos.save(replace(cameo, status=CameoStatus.ACTIVE, updated_at=now))
        tx.revisions.touch(touched.cameo(id), now=now)
    return Character(cameo, record)
