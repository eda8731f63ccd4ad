"""Keys are rotated while permits are issued and verified by two services on one database."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cameo_service.cli.opening import opened
from cameo_service.client import TokenError, verify_credential, verify_grant, verify_permit
from cameo_service.context import Context
from cameo_service.events import Event
from cameo_service.housekeeping import sweep
from cameo_service.offline.keys import certified_keys
from cameo_service.offline.tokens import claims_of
from cameo_service.settings import Settings
from cameo_service.signing import Signer
from cameo_service.wiring import build
from storage.keyring.schedule import ROTATED
from storage.keys import Purpose, SigningKey
from tests.kinds import Kind
from tests.service.fixed_keys import FixedKeys
from tests.service.holding import LONG_S
from tests.service.making import grant, permit, question
from tests.service.running import Clock, RunningService, serving

pytestmark = pytest.mark.both_databases


DELAY_S = 900.0


@pytest.fixture
def keys_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What says when a new key begins to sign: by a clock that runs, a slow machine is late."""
    clock = Clock()
    monkeypatch.setattr("cameo_service.wiring._now", clock)
    return clock


@contextmanager
def two_services(databases: Kind, data_dir: Path) -> Iterator[list[RunningService]]:
    with ExitStack() as stack:
        quick = {"key_refresh_s": 0.2, "key_publish_delay_s": DELAY_S}
        settings = stack.enter_context(databases.settings(data_dir, **quick))
        contexts = [stack.enter_context(build(settings)) for _ in range(2)]
        clock = Clock()
        yield [
            stack.enter_context(serving(replace(context, clock=clock), clock))
            for context in contexts
        ]


class Traffic:
    """Permits issued here, and verified there and offline, until it is stopped."""

    def __init__(self, issuing: RunningService, verifying: RunningService, cameo: str) -> None:
        self._issuing, self._verifying, self._cameo = issuing, verifying, cameo
        self._jwks: dict[str, Any] = {"keys": []}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.kids: list[str] = []
        self.failure: BaseException | None = None

    def _run(self) -> None:
        key = self._issuing.key()
        try:
            with self._issuing.client(key) as here, self._verifying.client(key) as there:
                while not self._stop.is_set():
                    self._once(here, there)
        except BaseException as error:  # noqa: BLE001 (the test's own thread reports it)
            self.failure = error

    def _once(self, here: httpx2.Client, there: httpx2.Client) -> None:
        token = permit(here, question(self._cameo))["permit"]
        answer = there.post("/v1/permits/introspect", json={"permit": token})
        assert (answer.status_code, answer.json()["active"]) == (200, True), answer.text
        self.kids.append(self._verified(token, there))

    def _verified(self, token: str, there: httpx2.Client) -> str:
        """The kid; the published keys are fetched again for one that is not known."""
        issuer = self._issuing.context.settings.issuer
        for jwks in (lambda: self._jwks, lambda: there.get("/.well-known/jwks.json").json()):
            try:
                self._jwks = jwks()
                verify_permit(
                    token,
                    self._jwks,
                    audience="org:platform",
                    issuer=issuer,
                    now=self._issuing.clock(),
                )
            except TokenError as error:
                if error.code != "unknown_key":
                    raise
            else:
                return _kid(token)
        raise AssertionError("the key is not published")

    def until(self, done: Callable[[], bool]) -> None:
        until(lambda: self.failure is not None or done())
        assert self.failure is None, self.failure

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(LONG_S)


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _kid(token: str) -> str:
    from storage.jws import header_of

    return str(header_of(token)["kid"])


def publishes(service: RunningService, kid: str) -> bool:
    with service.client() as anyone:
        return kid in anyone.get("/.well-known/jwks.json").text


def test_a_rotation_amid_traffic_loses_no_request_and_no_statement(
    databases: Kind, tmp_path: Path, keys_clock: Clock
) -> None:
    with two_services(databases, tmp_path / "data") as (one, two):
        cameo = one.enroll("user:ann")
        with one.client(one.key()) as platform:
            made = grant(platform, cameo)
            before = {
                "cameo-grant+jwt": platform.get(f"/v1/grants/{made}").json()["signed"],
                "cameo-identity+jwt": platform.get(f"/v1/cameos/{cameo}").json()["credential"],
                "cameo-permit+jwt": permit(platform, question(cameo))["permit"],
                "cameo-receipt+jwt": one.context.signer.sign(Purpose.RECEIPT, {"use": "use_1"}),
            }
            pin = platform.get("/.well-known/cameo-root").json()["root"]["kid"]
        with Traffic(one, two, cameo) as here, Traffic(two, one, cameo) as there:
            for traffic in (here, there):
                traffic.until(lambda each=traffic: len(each.kids) > 3)  # type: ignore[misc]  # mypy wants no defaults in lambdas
            for number in (1, 2):
                made_keys = one.context.keys.rotate(list(Purpose))
                (new,) = [key.kid for key in made_keys if key.purpose is Purpose.PERMIT]
                until(lambda kid=new: publishes(one, kid) and publishes(two, kid))  # type: ignore[misc]  # mypy wants no defaults in lambdas
                assert all(new not in traffic.kids for traffic in (here, there))
                keys_clock.advance(seconds=DELAY_S + 1)  # it begins at a whole second
                for traffic in (here, there):
                    traffic.until(lambda kid=new, each=traffic: each.kids.count(kid) > 3)  # type: ignore[misc]  # mypy wants no defaults in lambdas
                assert all(len(set(traffic.kids)) == number + 1 for traffic in (here, there))
        assert (here.failure, there.failure) == (None, None)
        require_all_verify(before, two, pin)
        require_logged(two.context, rotations=2)


def require_all_verify(before: dict[str, str], service: RunningService, pin: str) -> None:
    """What was signed before is opened by the service, by the SDK and by the pinned root."""
    issuer, now = service.context.settings.issuer, service.clock()
    with service.client() as anyone:
        jwks = anyone.get("/.well-known/jwks.json").json()
        keys = certified_keys(anyone.get("/.well-known/cameo-root").json(), root=pin)
    assert len(jwks["keys"]) == len(keys) == 3 * len(Purpose)
    for typ, token in before.items():
        assert claims_of(token, keys, typ=typ)
    verify_credential(before["cameo-identity+jwt"], jwks, issuer=issuer, now=now)
    verify_grant(before["cameo-grant+jwt"], jwks, issuer=issuer)
    assert service.context.signer.open(Purpose.RECEIPT, before["cameo-receipt+jwt"])
    assert service.context.signer.open(Purpose.PERMIT, before["cameo-permit+jwt"])


def require_logged(context: Context, *, rotations: int) -> None:
    with context.store.read() as tx:
        entries = b"".join(each.entry for each in tx.log.entries(0, limit=1_000_000))
    certified = entries.count(f'"kind":"{Event.KEY_CERTIFIED.value}"'.encode())
    retired = entries.count(f'"kind":"{Event.KEY_RETIRED.value}"'.encode())
    assert (certified, retired) == ((rotations + 1) * len(Purpose), rotations * len(Purpose))


def former_keys(directory: Path) -> dict[Purpose, SigningKey]:
    """The files that releases before the ring kept."""
    directory.mkdir(mode=0o700, parents=True)
    keys = {}
    for purpose in (Purpose.IDENTITY, Purpose.PERMIT, Purpose.GRANT, Purpose.METADATA):
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = directory / f"signing-{purpose}.pem"
        path.touch(0o600)
        path.write_bytes(pem)
        keys[purpose] = SigningKey.of(purpose, private)
    return keys


def test_the_keys_of_an_earlier_release_go_on_signing_and_verifying(tmp_path: Path) -> None:
    former = former_keys(tmp_path / "keys")

    class Earlier(FixedKeys):
        def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
            assert not fresh
            return former[purpose]

    token = Signer(Earlier()).sign(Purpose.GRANT, {"jti": "gra_1"})
    # the database does not exist yet when the context is built
    with opened(Settings(data_dir=tmp_path)) as context:
        for purpose, key in former.items():
            assert context.keys.signing_key(purpose).kid == key.kid
        assert len(context.keys.public_keys()) == len(Purpose)
        context.keys.rotate([Purpose.GRANT])
        assert context.signer.open(Purpose.GRANT, token) == {"jti": "gra_1"}
        secret = context.keys.secret("authzen-tokens-v1")
    for path in (tmp_path / "keys").glob("signing-*.pem"):
        path.unlink()
    with opened(Settings(data_dir=tmp_path)) as context:
        assert context.signer.open(Purpose.GRANT, token) == {"jti": "gra_1"}
        assert context.keys.secret("authzen-tokens-v1") == secret


def test_a_sweep_rotates_what_is_old(tmp_path: Path, keys_clock: Clock) -> None:
    settings = Settings(data_dir=tmp_path, key_rotation_days=30)
    with opened(settings) as context:
        sweep(context)
        assert len(context.keys.public_keys()) == len(Purpose)
        keys_clock.advance(days=30, seconds=1)
        sweep(context)
        sweep(context)
        assert len(context.keys.public_keys()) == len(Purpose) + len(ROTATED)
    with opened(settings.model_copy(update={"key_rotation_days": 0})) as context:
        keys_clock.advance(days=3_000)
        sweep(context)
        assert len(context.keys.public_keys()) == len(Purpose) + len(ROTATED)


def test_an_altered_key_stops_signing_and_readiness(databases: Kind, tmp_path: Path) -> None:
    from sqlmodel import col, update

    from storage.tables import SigningKeyRow

    with two_services(databases, tmp_path / "data") as (service, _), service.client() as anyone:
        assert anyone.get("/readyz").json()["keys"] == {"ok": True}
        kid = service.context.keys.signing_key(Purpose.PERMIT).kid
        with service.context.store.write() as tx:
            row = update(SigningKeyRow).where(col(SigningKeyRow.kid) == kid)
            tx.sealed_keys._statements.run(row.values(purpose="grant"))  # type: ignore[attr-defined]
        until(lambda: anyone.get("/readyz").json()["keys"] != {"ok": True})
        assert anyone.get("/readyz").json()["keys"] == {"ok": False, "problem": "tampered"}
        refused = anyone.get("/.well-known/jwks.json")
        assert (refused.status_code, kid in refused.text) == (500, False)
