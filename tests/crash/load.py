"""The load: callers who enroll, grant, ask for permits and revoke until the service is gone.

with loading(ledger, running, key, seed="7/3"):
    time.sleep(1)
    running.kill()

A write is noted before it is sent and when it is acknowledged. What was not answered stays in
doubt; what is answered otherwise than it may be is a fault.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from random import Random
from typing import Any

import httpx2

from tests.crash.ledger import Enrollment, Grant, Ledger, Making, Permit, Word
from tests.crash.service import Running
from tests.plain import NO_AUTHORITIES
from tests.service.making import ASSET, question

CALLERS = 3
TERMS = {
    "actions": ["generate", "publish"],
    "facets": ["face"],
    "approval_before_publishing": False,
}
ENDED = {"permit_ended", "permit_spent"}


class Gone(Exception):
    """The service did not answer."""


@contextmanager
def loading(ledger: Ledger, running: Running, key: str, *, seed: str) -> Iterator[None]:
    """Callers and who waits for verdicts, until the service is killed within the block."""
    callers = [Caller(ledger, running, key, name=f"{seed}/{each}") for each in range(CALLERS)]
    threads = [threading.Thread(target=each.run) for each in callers]
    threads.append(threading.Thread(target=hear_verdicts, args=(ledger, running)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def hear_verdicts(ledger: Ledger, running: Running) -> None:
    """Note the verdicts that were committed, until nobody says any more."""
    with suppress(EOFError, OSError):
        while True:
            id, cameo = running.verdicts.recv()
            found = next(each for each in reversed(ledger.enrollments) if each.id == id)
            found.verified, found.cameo = Word.DONE, cameo
            ledger.put(ledger.cameos, cameo)


def client_of(url: str, key: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
        verify=NO_AUTHORITIES,
        trust_env=False,
    )


class Caller:
    """One caller: one request at a time, each a random one of those that are possible."""

    def __init__(self, ledger: Ledger, running: Running, key: str, *, name: str) -> None:
        self._ledger, self._running = ledger, running
        self._client = client_of(running.url, key)
        self._rng, self._name, self._made = Random(name), name.replace("/", "-"), 0
        self._kinds: list[Callable[[], bool]] = [self._cancel, self._revoke, self._release]
        self._kinds += [self._look, self._conclude, self._conclude]
        self._kinds += [self._use] * 2 + [self._grant] * 4 + [self._permit] * 7

    def run(self) -> None:
        with self._client, suppress(Gone):
            while True:
                if not self._rng.choice(self._kinds)():
                    self._enroll()

    def _making(self, path: str, body: dict[str, Any]) -> Making:
        self._made += 1
        return Making(path=path, body=body, key=f"{self._name}-{self._made}")

    def _post(self, path: str, body: object = None, *, key: str | None = None) -> httpx2.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        try:
            return self._client.post(path, json=body, headers=headers)
        except httpx2.TransportError as error:
            raise Gone from error

    def _expect(self, response: httpx2.Response, status: int, *, or_code: set[str]) -> bool:
        """Whether it was done; a refusal that is none of these is a fault."""
        if response.status_code == status:
            return True
        code = response.json().get("code") if "json" in response.headers["content-type"] else ""
        if code not in or_code:
            path, text = response.request.url.path, response.text[:300]
            self._ledger.fault(f"{path} was answered {response.status_code}: {text}")
        return False

    def _enroll(self) -> None:
        making = self._making("/v1/enrollments", {})
        making.body["principal"] = f"user:{making.key}"
        enrollment = Enrollment(making=making)
        with self._ledger.lock:
            self._ledger.enrollments.append(enrollment)
        response = self._post(making.path, making.body, key=making.key)
        if self._expect(response, 201, or_code=set()):
            enrollment.id = response.json()["id"]
            self._ledger.put(self._ledger.awaited, enrollment)

    def _cancel(self) -> bool:
        enrollment = self._ledger.take(self._ledger.awaited, self._rng)
        if enrollment is None:
            return False
        enrollment.canceled, enrollment.settled = Word.SENT, False
        response = self._post(f"/v1/enrollments/{enrollment.id}/cancel")
        if self._expect(response, 200, or_code=set()):
            enrollment.canceled = Word.DONE
        return True

    def _conclude(self) -> bool:
        enrollment = self._ledger.take(self._ledger.awaited, self._rng)
        if enrollment is None or enrollment.id is None:
            return False
        enrollment.verified, enrollment.settled = Word.SENT, False
        try:
            self._running.ask_verdict(enrollment.id)
        except OSError as error:
            raise Gone from error
        return True

    def _grant(self) -> bool:
        cameo = self._ledger.any(self._ledger.cameos, self._rng)
        if cameo is None:
            return False
        count = self._rng.choice([None, 1, 2, 3])
        making = self._making("/v1/grants", {"cameo_id": cameo})
        grantee = f"user:{making.key}"
        making.body.update(grantee=grantee, terms={**TERMS, "count": count})
        grant = Grant(making=making, cameo=cameo, grantee=grantee, count=count)
        with self._ledger.lock:
            self._ledger.grants.append(grant)
        response = self._post(making.path, making.body, key=making.key)
        if self._expect(response, 201, or_code=set()):
            grant.id = response.json()["id"]
            self._ledger.put(self._ledger.open_grants, grant)
        return True

    def _revoke(self) -> bool:
        grant = self._ledger.take(self._ledger.open_grants, self._rng)
        if grant is None:
            return False
        grant.revoked, grant.settled = Word.SENT, False
        if self._expect(self._post(f"/v1/grants/{grant.id}/revoke"), 200, or_code=set()):
            grant.revoked = Word.DONE
        return True

    def _permit(self) -> bool:
        grant = self._ledger.any(self._ledger.open_grants, self._rng)
        if grant is None:
            return False
        permit = Permit(
            making=self._making("/v1/permits", question(grant.cameo, grant.grantee)), grant=grant
        )
        with self._ledger.lock:
            self._ledger.permits.append(permit)
        response = self._post(permit.making.path, permit.making.body, key=permit.making.key)
        note_permit(permit, response)
        if self._expect(response, 201, or_code={"consent_denied"}):
            self._ledger.put(self._ledger.open_permits, permit)
        return True

    def _release(self) -> bool:
        permit = self._ledger.take(self._ledger.open_permits, self._rng)
        if permit is None:
            return False
        permit.released, permit.settled = Word.SENT, False
        response = self._post(f"/v1/permits/{permit.id}/release")
        if self._expect(response, 200, or_code=set()):
            permit.released = Word.DONE
        return True

    def _use(self) -> bool:
        permit = self._ledger.take(self._ledger.open_permits, self._rng)
        if permit is None:
            return False
        permit.used, permit.settled = Word.SENT, False
        response = self._post("/v1/uses", {"permit_id": permit.id, "assets": [ASSET]})
        done = self._expect(response, 201, or_code=ENDED)
        permit.used = Word.DONE if done else Word.NO
        permit.use = response.json()["id"] if done else None
        return True

    def _look(self) -> bool:
        try:
            response = self._client.get("/log/checkpoint")
        except httpx2.TransportError as error:
            raise Gone from error
        # there is none before the first second is over
        if response.status_code != 404 and self._expect(response, 200, or_code=set()):
            self._ledger.seen_checkpoint(response.text)
        return True


def note_permit(permit: Permit, response: httpx2.Response) -> None:
    """What was answered to a permit that was asked for."""
    if response.status_code == 201:
        issued = response.json()
        permit.id, permit.token = issued["id"], issued["permit"]
        permit.expires_at = datetime.fromisoformat(issued["expires_at"])
    permit.refused = response.status_code == 403
