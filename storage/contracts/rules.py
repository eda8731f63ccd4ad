"""What is allowed: the deployment's rules, policies, grants.

tx.grants.between("cam_1", "user:bo")
"""

from datetime import datetime
from typing import Protocol

from storage.records.document import Document
from storage.records.readable import Readable
from storage.records.rules import DeploymentRecord, EndedGrant, GrantRecord, PolicyRecord


class Deployment(Protocol):
    """The deployment's rules in all their versions."""

    def append(self, record: DeploymentRecord) -> None:
        """Store the next version. Raises `Conflict` unless it is one above the current one (1)."""

    def current(self) -> DeploymentRecord | None:
        """The newest version, or None where there is none."""

    def history(self, *, limit: int, after: int = 0) -> list[DeploymentRecord]:
        """The versions above `after`, oldest first."""


class Policies(Protocol):
    """Policies in all their versions."""

    def append(self, record: PolicyRecord) -> None:
        """Store the next version. Raises `Conflict` unless it is one above the current one (1)."""

    def current(self, cameo_id: str) -> PolicyRecord:
        """The newest version. Raises `NotFound` where there is none."""

    def history(self, cameo_id: str, *, limit: int, after: int = 0) -> list[PolicyRecord]:
        """The versions above `after`, oldest first."""

    def empty(self, cameo_id: str, document: Document) -> int:
        """Put `document` in the place of every version's; return how many there are."""


class Grants(Protocol):
    """Licences."""

    def add(self, record: GrantRecord) -> None:
        """Store a new grant."""

    def get(self, id: str) -> GrantRecord:
        """The grant with this id."""

    def save(self, record: GrantRecord) -> GrantRecord:
        """Store a changed grant. The version before it stays in `history`."""

    def history(self, id: str) -> list[GrantRecord]:
        """Every version, oldest first. Raises `NotFound`."""

    def end_on_cameo(
        self, cameo_id: str, *, by: str, reason: str, now: datetime
    ) -> Readable[EndedGrant]:
        """Revoke every grant on this cameo that was not revoked, as `save` would each; return them
        in order of id. One whose sides cannot be read ends as well."""

    def forget_reasons(self, cameo_id: str) -> int:
        """Destroy the reasons given when grants on this cameo were revoked, in every version.

        Returns how many there were.
        """

    def between(self, cameo_id: str, grantee: str) -> list[GrantRecord]:
        """Every grant on this cameo to this grantee that was not revoked, in order of id."""

    def on_cameo(self, cameo_id: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """Every grant on this cameo, revoked ones too, in order of id."""

    def to(self, grantee: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """Every grant to this grantee, revoked ones too, in order of id."""

    def after(self, id: str | None, *, limit: int) -> list[GrantRecord]:
        """Every grant behind the one with this id, revoked ones too, in order of id."""

    def below(self, id: str, *, limit: int, after: str | None = None) -> list[GrantRecord]:
        """The sublicences directly below this grant, revoked ones too, in order of id."""
