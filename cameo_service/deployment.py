"""What the deployment says: rules that bind everybody, whom they protect, who may not ask.

set_rules(tx, context, caller, DeploymentRules(protected=frozenset({"cam_1"})))
"""

from dataclasses import replace

from cameo_service import touched
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.documents import deployment_document, deployment_from
from cameo_service.errors import Invalid
from cameo_service.events import Event
from cameo_service.events import record as log
from cameo_service.people import principals
from cameo_service.permits import ending
from cameo_service.signing import canonical_hash
from permissions.deployment import DeploymentRules
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.records import DeploymentRecord, PrincipalRecord


def rules_of(record: DeploymentRecord | None) -> DeploymentRules:
    """The rules that hold; those of a deployment that set none permit nothing with minors."""
    return DeploymentRules() if record is None else deployment_from(record.document)


def set_rules(
    tx: Transaction, context: Context, caller: Caller, rules: DeploymentRules
) -> DeploymentRecord:
    """Append the next version of the rules. Every live permit rests on them, and ends.

    What is said already changes nothing.
    """
    before, document = tx.deployment.current(), deployment_document(rules)
    if before is not None and before.document == document:
        return before
    newly_protected = sorted(rules.protected - rules_of(before).protected)
    for cameo_id in newly_protected:
        if tx.cameos.find(cameo_id) is None:
            raise Invalid("protected_unknown", f"there is no cameo `{cameo_id}` to protect")
    now = context.clock()
    record = DeploymentRecord(
        version=1 if before is None else before.version + 1,
        document=document,
        created_by=caller.key_id,
        created_at=now,
    )
    tx.deployment.append(record)
    event = {"version": record.version, "sha256": canonical_hash(document)}
    log(tx, Event.DEPLOYMENT_CHANGED, event, subjects=(), now=now)
    ended = [touched.DEPLOYMENT, *(touched.cameo(id) for id in newly_protected)]
    ending.end_permits(tx, *ended, now=now)
    tx.revisions.touch(touched.DEPLOYMENT, now=now)
    return record


def set_standing(
    tx: Transaction,
    context: Context,
    caller: Caller,
    *,
    principal: str,
    standing: Standing,
    reason: str | None,
) -> PrincipalRecord:
    """Say what a principal may count as. What is said already changes nothing."""
    now = context.clock()
    record = principals.known(tx, principal, now=now)
    said = replace(record, standing=standing, standing_reason=reason)
    if said == record:
        return record
    document = {"principal": principal, "standing": standing.value}
    log(tx, Event.DEPLOYMENT_CHANGED, document, subjects=(principal,), now=now)
    return principals.keep(tx, said, caller, now=now)
