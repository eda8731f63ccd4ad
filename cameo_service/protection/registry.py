"""The registry of protected faces: added with a few stills, looked at, removed.

record = add(context, caller, uploads, label="Ann", principal="user:ann", reason="asked for it")
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.callers import Caller, Scope
from cameo_service.context import Context
from cameo_service.erasure.texts import is_forgotten
from cameo_service.errors import NotActingFor, Unknown
from cameo_service.identifiers import new_id
from cameo_service.jobs import job_for
from cameo_service.people.speaking import is_on_owners_side, speaker_for
from cameo_service.uploads import PROTECTED, Upload, forget, kept
from permissions.vocabulary import parse_principal
from storage.contracts import Transaction
from storage.records import ProtectedFaceRecord, ProtectedState

PROTECT_JOB = "protect"


def add(
    context: Context,
    caller: Caller,
    uploads: list[Upload],
    *,
    label: str,
    reason: str,
    principal: str | None,
    acting_as: str | None = None,
) -> ProtectedFaceRecord:
    """Store the stills and queue the making of the template; it protects once that is made.

    For a `principal` it takes them, or who represents them, else `NotActingFor`; for nobody in
    particular, an operator (`deployment:write`), else `MissingScope`. Raises `MalformedPrincipal`
    and what `uploads.kept` raises too.
    """
    with context.store.read() as tx:
        added_by = _adder(tx, context, caller, principal=principal, acting_as=acting_as)
    id, now = new_id("pro"), context.clock()
    with kept(context, PROTECTED, id, uploads) as stills:
        record = ProtectedFaceRecord(
            id=id,
            version=1,
            label=label,
            principal=principal,
            added_by=added_by,
            created_by=caller.key_id,
            reason=reason,
            state=ProtectedState.PENDING,
            stills=stills,
            model=None,
            error=None,
            created_at=now,
            updated_at=now,
        )
        with context.store.write() as tx:
            tx.protected_faces.add(record)
            tx.jobs.add(job_for(PROTECT_JOB, {"protected": id}, now=context.clock()))
    return record


def _adder(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str | None,
    acting_as: str | None,
) -> str:
    if principal is None:
        caller.require_scope(Scope.DEPLOYMENT_WRITE)
        return caller.principal
    parse_principal(principal)
    name = acting_as or principal
    caller.require_acting_for(name)
    if speaker_for(tx, principal, name, now=context.clock()) is None:
        raise NotActingFor(f"`{name}` does not represent `{principal}`")
    return name


def found(tx: Transaction, context: Context, caller: Caller, id: str) -> ProtectedFaceRecord:
    """The entry, to the person's side, or to operators where it is nobody's; else `Unknown`."""
    record = tx.protected_faces.find(id)
    if record is None or not _may_see(tx, context, caller, record.principal):
        raise Unknown(f"there is no protected face `{id}`")
    return record


def listed(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str | None,
    limit: int,
    after: str | None,
) -> list[ProtectedFaceRecord]:
    """The entries of a principal, or those of nobody in particular, in order of id.

    Raises `NotActingFor` for another's, `MissingScope` for nobody's without an operator's key.
    """
    if not _may_see(tx, context, caller, principal):
        if principal is None:
            caller.require_scope(Scope.DEPLOYMENT_READ)
        raise NotActingFor(f"the key may not act for `{principal}`")
    return tx.protected_faces.of(principal, limit=limit, after=after)


def remove(context: Context, caller: Caller, *, id: str) -> ProtectedFaceRecord:
    """End the protection; the template is destroyed. Removing again changes nothing."""
    with context.store.write() as tx:
        record = found(tx, context, caller, id)
        if record.principal is None:
            caller.require_scope(Scope.DEPLOYMENT_WRITE)
        if record.state is ProtectedState.REMOVED:
            return record
        now = context.clock()
        tx.templates.destroy(id)
        tx.revisions.touch(touched.protected(id), now=now)
        ended = replace(record, state=ProtectedState.REMOVED, stills=(), updated_at=now)
        if record.principal is not None and is_forgotten(tx, record.principal):
            ended = replace(ended, label="", reason="")
        removed = tx.protected_faces.save(ended)
    forget(context, record.stills)
    return removed


def _may_see(tx: Transaction, context: Context, caller: Caller, principal: str | None) -> bool:
    if principal is None:
        return Scope.DEPLOYMENT_READ in caller.scopes or Scope.DEPLOYMENT_WRITE in caller.scopes
    return is_on_owners_side(tx, caller, principal, now=context.clock())
