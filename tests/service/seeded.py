"""What tests put into the store themselves, where its own route is not what they are about."""

from datetime import date, datetime

from cameo_service.documents import (
    deployment_document,
    policy_document,
    scope_document,
    terms_document,
)
from permissions.deployment import DeploymentRules
from permissions.facts import CameoStatus
from permissions.policy import Policy
from permissions.scope import ALL
from permissions.terms import Terms
from permissions.vocabulary import Action, Facet, Standing
from storage.records import (
    CameoRecord,
    CharacterRecord,
    DeploymentRecord,
    MandateRecord,
    PolicyRecord,
    PrincipalRecord,
)
from tests.service.running import RunningService

ANYTHING = Terms.without_limits(actions=frozenset(Action), facets=frozenset(Facet))


def mandate(
    service: RunningService,
    represented: str,
    representative: str,
    *,
    kind: str = "agent",
    scope: Terms = ANYTHING,
    evidence: str = "contract 7",
    id: str = "man_1",
) -> None:
    with service.context.store.write() as tx:
        tx.mandates.add(
            MandateRecord(
                id=id,
                version=1,
                kind=kind,
                represented=represented,
                representative=representative,
                scope=terms_document(scope),
                evidence=evidence,
                created_by="ck_1",
                created_at=service.clock(),
            )
        )
        tx.revisions.touch(f"principal:{represented}", now=service.clock())


def known(
    service: RunningService,
    principal: str,
    *,
    age_band: str | None = None,
    birth_date: date | None = None,
    vouched_until: datetime | None = None,
    deceased_at: datetime | None = None,
) -> None:
    with service.context.store.write() as tx:
        tx.principals.add(
            PrincipalRecord(
                id=principal,
                version=1,
                standing=Standing.ACTIVE,
                standing_reason=None,
                age_band=age_band,
                birth_date=birth_date,
                vouched_until=vouched_until,
                deceased_at=deceased_at,
                updated_by="ck_1",
                updated_at=service.clock(),
            )
        )
        tx.revisions.touch(f"principal:{principal}", now=service.clock())


def deployed(service: RunningService, rules: DeploymentRules) -> None:
    """Set the deployment's rules for the first time."""
    with service.context.store.write() as tx:
        tx.deployment.append(
            DeploymentRecord(
                version=1,
                document=deployment_document(rules),
                created_by="ck_1",
                created_at=service.clock(),
            )
        )
        tx.revisions.touch("deployment", now=service.clock())


def character(service: RunningService, owner: str = "org:platform", id: str = "cam_zed") -> str:
    """An active character of an organisation; returns its id."""
    now = service.clock()
    with service.context.store.write() as tx:
        tx.cameos.add(
            CameoRecord(
                id=id,
                version=1,
                kind="character",
                owner=owner,
                status=CameoStatus.ACTIVE,
                enrollment_id=None,
                credential=None,
                credential_expires_at=None,
                created_at=now,
                updated_at=now,
            )
        )
        tx.characters.add(
            CharacterRecord(
                id=id,
                version=1,
                owner=owner,
                handle=id,
                name=id,
                description="a robot",
                references=(),
                rights_statement="drawn here",
                territories=scope_document(ALL),
                underlying=(),
                created_by="ck_1",
                created_at=now,
                updated_at=now,
            )
        )
        tx.policies.append(
            PolicyRecord(
                cameo_id=id,
                version=1,
                document=policy_document(Policy()),
                created_by="ck_1",
                created_at=now,
            )
        )
        tx.revisions.touch(f"cameo:{id}", now=now)
    return id
