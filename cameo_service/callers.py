"""API keys: who calls, what the key lets it do, and for whom it may speak.

A key reads `ck_<id>_<secret>`. The database has the id and a hash of the secret.

    >>> Caller(
    ...     key_id="ck_1", principal="app:generator", scopes=frozenset({"consent:check"}),
    ...     acts_for=("user:*",),
    ... ).acts_for_principal("user:alice")
    True
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cameo_service import touched
from cameo_service.errors import MissingScope, NotActingFor, Unauthenticated
from cameo_service.identifiers import hash_secret, matches, new_id, new_secret
from cameo_service.permits.ending import end_permits
from permissions.vocabulary import PRINCIPAL_KINDS, parse_principal
from storage.contracts import Transaction
from storage.records import ApiKeyRecord


class Scope(StrEnum):
    """What a key may do. `docs/api.md` says which route asks for which."""

    ENROLLMENTS_WRITE = "enrollments:write"
    ENROLLMENTS_READ = "enrollments:read"
    ENROLLMENTS_REVIEW = "enrollments:review"
    CAMEOS_READ = "cameos:read"
    CAMEOS_WRITE = "cameos:write"
    GRANTS_READ = "grants:read"
    GRANTS_WRITE = "grants:write"
    CHARACTERS_READ = "characters:read"
    CHARACTERS_WRITE = "characters:write"
    CHARACTERS_REVIEW = "characters:review"
    RELATIONSHIPS_READ = "relationships:read"
    RELATIONSHIPS_WRITE = "relationships:write"
    REPRESENTATION_READ = "representation:read"
    REPRESENTATION_WRITE = "representation:write"
    REPRESENTATION_ATTEST = "representation:attest"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    DEPLOYMENT_READ = "deployment:read"
    DEPLOYMENT_WRITE = "deployment:write"
    CONSENT_CHECK = "consent:check"
    CONSENT_EXPLAIN = "consent:explain"
    CONSENT_SEARCH = "consent:search"
    ACCESS_REQUEST = "access:request"
    ACCESS_DECIDE = "access:decide"
    PERMITS_ISSUE = "permits:issue"
    PERMITS_INTROSPECT = "permits:introspect"
    PACKAGES_FETCH = "packages:fetch"
    PROTECTED_READ = "protected:read"
    PROTECTED_WRITE = "protected:write"
    SCANS_READ = "scans:read"
    SCANS_WRITE = "scans:write"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"
    USES_READ = "uses:read"
    USES_WRITE = "uses:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    EXPORTS_READ = "exports:read"
    EXPORTS_BIOMETRICS = "exports:biometrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated API key."""

    key_id: str
    principal: str
    scopes: frozenset[str]
    acts_for: tuple[str, ...]

    def require_scope(self, scope: Scope) -> None:
        """Raise `MissingScope` unless the key has `scope`."""
        if scope not in self.scopes:
            raise MissingScope(f"the key lacks the scope `{scope}`")

    def acts_for_principal(self, principal: str) -> bool:
        """Whether the key may speak for `principal`: itself, named, or its whole kind."""
        kind = principal.split(":", 1)[0]
        return principal == self.principal or any(
            allowed in (principal, f"{kind}:*") for allowed in self.acts_for
        )

    def require_acting_for(self, principal: str) -> None:
        """Raise `NotActingFor` unless the key may speak for `principal`."""
        if not self.acts_for_principal(principal):
            raise NotActingFor(f"the key may not act for `{principal}`")


def check_acts_for(pattern: str) -> str:
    """Return a principal or `kind:*` unchanged; raise `MalformedPrincipal` for anything else."""
    if pattern in {f"{kind}:*" for kind in PRINCIPAL_KINDS}:
        return pattern
    return parse_principal(pattern)


def create_key(
    tx: Transaction,
    *,
    name: str,
    principal: str,
    scopes: frozenset[Scope],
    acts_for: tuple[str, ...],
    now: datetime,
) -> tuple[ApiKeyRecord, str]:
    """Store a new key; return its record and the whole key, which is never shown again."""
    secret = new_secret("s")
    record = ApiKeyRecord(
        id=new_id("ck"),
        name=name,
        principal=parse_principal(principal),
        secret_hash=hash_secret(secret),
        scopes=tuple(sorted(scopes)),
        acts_for=tuple(check_acts_for(pattern) for pattern in acts_for),
        created_at=now,
    )
    tx.keys.add(record)
    tx.revisions.touch(touched.key(record.id), now=now)
    return record, f"{record.id}_{secret}"


def revoke_key(tx: Transaction, id: str, *, now: datetime) -> None:
    """End a key and the permits that were issued to it: whoever has it may have those too.

    Revoking twice keeps the first time. Raises `NotFound`.
    """
    tx.keys.revoke(id, now=now)
    end_permits(tx, touched.key(id), now=now)
    tx.revisions.touch(touched.key(id), now=now)


def authenticate(tx: Transaction, token: str) -> Caller:
    """The caller whose key this is; raise `Unauthenticated` without saying what was wrong."""
    return admit(tx.keys.find(key_id_of(token)), token)


def key_id_of(token: str) -> str:
    """The id of the key that `token` claims to be."""
    return token.partition("_s_")[0]


def of_key(record: ApiKeyRecord) -> Caller:
    """The caller of a key that is known to be its own. Raises `Unauthenticated` once it ended."""
    if record.revoked_at is not None:
        raise Unauthenticated("the API key is revoked")
    return Caller(
        key_id=record.id,
        principal=record.principal,
        scopes=frozenset(record.scopes),
        acts_for=record.acts_for,
    )


def require_standing(tx: Transaction, caller: Caller) -> None:
    """Raise `Unauthenticated` where the key was revoked since its caller was admitted.

    For what outlives the key, and takes its time between the two.
    """
    record = tx.keys.find(caller.key_id)
    if record is None or record.revoked_at is not None:
        raise Unauthenticated("the API key is revoked")


def admit(record: ApiKeyRecord | None, token: str) -> Caller:
    """The caller, if `token` is the key that `record` keeps the hash of and was not revoked."""
    secret = token.partition("_s_")[2]
    expected = record.secret_hash if record is not None else None
    if not matches(f"s_{secret}", expected) or record is None or record.revoked_at is not None:
        raise Unauthenticated("the API key is unknown, wrong or revoked")
    return of_key(record)
