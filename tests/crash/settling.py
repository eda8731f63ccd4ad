"""After a crash: every acknowledged write is there, over HTTP, and what is in doubt is settled.

Settling(ledger, client).settle(enrollments, grants, permits)

What was acknowledged must be as it was said; what was not must be done or not done, and sending it
again under its key makes it exactly once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.crash.ledger import Enrollment, Grant, Ledger, Making, Permit, Word
from tests.crash.load import note_permit


def settled(word: Word, *, happened: bool) -> Word:
    """What is known of a write that was in doubt, once it is seen whether it happened."""
    return Word.DONE if happened else Word.NO if word is Word.SENT else word


@dataclass
class Settling:
    """Looks at things over HTTP; faults go into the ledger."""

    ledger: Ledger
    client: httpx2.Client

    def settle(
        self,
        enrollments: Iterable[Enrollment],
        grants: Iterable[Grant],
        permits: Iterable[Permit],
    ) -> None:
        """Look at each; grants before what rests on them."""
        for enrollment in enrollments:
            self._settle_enrollment(enrollment)
            enrollment.settled = True
        for grant in grants:
            self._settle_grant(grant)
            grant.settled = True
        for permit in permits:
            self._settle_permit(permit)
            permit.settled = True

    def _get(self, path: str) -> dict[str, Any]:
        response = self.client.get(path)
        if response.status_code != 200:
            self.ledger.fault(f"`{path}` was acknowledged, and is {response.status_code}")
            return {}
        found: dict[str, Any] = response.json()
        return found

    def _make_again(self, making: Making) -> httpx2.Response:
        headers = {"Idempotency-Key": making.key}
        return self.client.post(making.path, json=making.body, headers=headers)

    def _made(self, making: Making) -> str | None:
        response = self._make_again(making)
        if response.status_code != 201:
            self.ledger.fault(f"`{making.key}` sent again was {response.status_code}")
            return None
        return str(response.json()["id"])

    def _settle_enrollment(self, enrollment: Enrollment) -> None:
        if enrollment.id is None:
            enrollment.id = self._made(enrollment.making)
        shown = self._get(f"/v1/enrollments/{enrollment.id}")
        status, words = shown.get("status"), (enrollment.canceled, enrollment.verified)
        allowed = {"canceled"} if words[0] is not Word.NO else set()
        allowed |= {"verified"} if words[1] is not Word.NO else set()
        if Word.DONE not in words:
            allowed.add("requires_input")
        if shown and status not in allowed:
            self.ledger.fault(f"enrollment `{enrollment.id}` is `{status}`, not {allowed}")
        enrollment.canceled = settled(words[0], happened=status == "canceled")
        enrollment.verified = settled(words[1], happened=status == "verified")
        if enrollment.verified is Word.DONE:
            self._see_cameo(enrollment, str(shown.get("cameo_id")))

    def _see_cameo(self, enrollment: Enrollment, id: str) -> None:
        if enrollment.cameo not in {None, id}:
            self.ledger.fault(f"`{enrollment.id}` made `{enrollment.cameo}`, and now has `{id}`")
        enrollment.cameo = id
        shown = self._get(f"/v1/cameos/{id}")
        if shown and (shown["status"] != "active" or not shown["credential"]):
            self.ledger.fault(f"cameo `{id}` is `{shown['status']}`, not active with a credential")

    def _settle_grant(self, grant: Grant) -> None:
        if grant.id is None:
            grant.id = self._made(grant.making)
        shown = self._get(f"/v1/grants/{grant.id}")
        status = shown.get("status")
        allowed = {Word.NO: {"active"}, Word.SENT: {"active", "revoked"}, Word.DONE: {"revoked"}}
        if shown and status not in allowed[grant.revoked]:
            self.ledger.fault(f"grant `{grant.id}` is `{status}`, revoked: {grant.revoked}")
        grant.revoked = settled(grant.revoked, happened=status == "revoked")
        listed = self._get(f"/v1/grants?grantee={grant.grantee}").get("data", [])
        if [each["id"] for each in listed] != [grant.id]:
            self.ledger.fault(f"`{grant.making.key}` made {len(listed)} grants, not one")

    def _settle_permit(self, permit: Permit) -> None:
        if permit.id is None and not permit.refused:
            response = self._make_again(permit.making)
            note_permit(permit, response)
            if response.status_code not in {201, 403}:
                self.ledger.fault(f"`{permit.making.key}` sent again was {response.status_code}")
        if permit.id is None:
            return
        shown = self.client.post("/v1/permits/introspect", json={"permit": permit.token}).json()
        reason = None if shown["active"] else shown.get("reason", "unknown")
        if reason not in self._allowed(permit):
            self.ledger.fault(
                f"permit `{permit.id}` is `{reason or 'active'}`: used {permit.used}, "
                f"released {permit.released}, its grant revoked {permit.grant.revoked}"
            )
        permit.used = settled(permit.used, happened=self._was_used(permit, reason))
        permit.released = settled(permit.released, happened=reason == "revoked")

    def _was_used(self, permit: Permit, reason: str | None) -> bool:
        if permit.use is None:
            # a revocation hides a use whose id nobody was told
            return reason == "spent"
        shown = self._get(f"/v1/uses/{permit.use}")
        return bool(shown) and shown["permit_id"] == permit.id

    def _allowed(self, permit: Permit) -> set[str | None]:
        """What introspection may say of it."""
        revoking = (permit.released, permit.grant.revoked)
        allowed: set[str | None] = set()
        if revoking != (Word.NO, Word.NO):
            allowed.add("revoked")
        if permit.used is not Word.NO:
            allowed.add("spent")
        if Word.DONE not in (*revoking, permit.used):
            allowed.add(None)
            if permit.expires_at is not None and datetime.now(UTC) >= permit.expires_at:
                allowed |= {"expired"}
        return allowed
