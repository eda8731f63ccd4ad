"""The key-encryption key is exchanged under a running service, by the real command line."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.cli.configuration import environment_of
from cameo_service.cli.exits import ExitCode
from cameo_service.client import verify_credential
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.errors import KeyUnavailable, StorageError, Tampered
from storage.keyring.stable import AUTHZEN, FACE_INDEX
from storage.keys import Purpose
from storage.local.keystore import FORMER_WRAPPING, WRAPPING
from storage.records import WrappedKind
from tests.cli.running import ROOT, Ran
from tests.kinds import Kind
from tests.service.making import permit, plain_grant, question
from tests.service.running import Clock, RunningService, serving

pytestmark = pytest.mark.both_databases

Command = Callable[..., Ran]
NO_MARK = bytes(16)

KILLED = """
import os, signal, sys
from cameo_service.cli.__main__ import main
from storage.collections.wrappings import SqlWrappings
replace, left = SqlWrappings.replace, [int(sys.argv[1])]
def killed(self, record, wrapped):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, record, wrapped)
SqlWrappings.replace = killed
main(["keys", "rewrap", "--json"])
"""
"""`cameo keys rewrap` that is killed, as by the machine, amid a transaction."""


@pytest.fixture
def cameo(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """`cameo …` with these settings, in this process: it starts at once."""

    def run(settings: Settings, *arguments: str) -> Ran:
        capfd.readouterr()
        with monkeypatch.context() as patched:
            for name in [name for name in os.environ if name.startswith("CAMEO_")]:
                patched.delenv(name)
            for name, value in environment_of(settings).items():
                patched.setenv(name, value)
            status = main([*arguments, "--json"])
        printed = capfd.readouterr()
        return Ran(status, printed.out, printed.err)

    return run


@contextmanager
def service_over(settings: Settings) -> Iterator[RunningService]:
    with (
        build(settings) as context,
        serving(context, Clock(now=datetime.now(UTC))) as service,
    ):
        yield service


def wrapped_values(context: Context) -> dict[tuple[str, str], bytes]:
    with context.store.read() as tx:
        return {
            (kind, each.id): each.wrapped
            for kind in WrappedKind
            for each in tx.wrappings.after(kind, "", mark=NO_MARK, limit=1_000)
        }


class Made:
    """What was made before the key was exchanged, and must be as good after it."""

    def __init__(self, service: RunningService) -> None:
        self.cameos = [service.enroll("user:ann"), service.enroll("user:bea")]
        with service.client(service.key()) as platform:
            plain_grant(platform, self.cameos[0], terms={"facets": ["face", "voice"]})
            self.credential = platform.get(f"/v1/cameos/{self.cameos[0]}").json()["credential"]
        self.receipt = service.context.signer.sign(Purpose.RECEIPT, {"jti": "rec_1"})
        self.secrets = self._secrets(service.context)
        service.context.keys.rotate([Purpose.RECEIPT])

    @staticmethod
    def _secrets(context: Context) -> list[bytes]:
        return [context.keys.secret(name) for name in (FACE_INDEX, AUTHZEN)]

    def require(self, service: RunningService) -> None:
        """Over HTTP and below it: signatures verify, templates open, secrets are the same."""
        context = service.context
        assert context.signer.open(Purpose.RECEIPT, self.receipt) == {"jti": "rec_1"}
        assert self._secrets(context) == self.secrets
        with context.store.read() as tx:
            for cameo in self.cameos:
                assert len(tx.templates.of_cameo(cameo)) == 2
        with service.client(service.key()) as platform:
            issued = permit(platform, question(self.cameos[0]))
            package = platform.post(
                f"/v1/cameos/{self.cameos[0]}/identity-package", json={"permit": issued["permit"]}
            )
            assert package.status_code == 200, package.text
            jwks = platform.get("/.well-known/jwks.json").json()
            assert platform.get("/readyz").json()["keys"] == {"ok": True}
        issuer = context.settings.issuer
        now = max(service.clock(), datetime.now(UTC))  # a service's clock here stands still
        verify_credential(self.credential, jwks, issuer=issuer, now=now)
        assert len(context.keys.audit()) == len(Purpose) + 1


def killed(settings: Settings, *, after: int) -> None:
    ended = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", KILLED, str(after)],
        cwd=ROOT,
        env=environment_of(settings),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def file_in(settings: Settings, name: str) -> Path:
    return settings.key_directory / name


def require_nothing_of(
    before: dict[tuple[str, str], bytes], context: Context, databases: Kind
) -> None:
    """Of no former wrapping is there a row, nor bytes in SQLite's files."""
    after = wrapped_values(context)
    assert set(before) <= set(after)
    assert not set(before.values()) & set(after.values())
    if databases.name == "sqlite":
        assert context.store.scrub()
        stored = databases.contents(context.settings)
        assert all(value in stored for value in after.values())
        assert not any(value in stored for value in before.values())


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_a_local_key_is_exchanged_while_the_service_runs(
    databases: Kind,
    tmp_path: Path,
    cameo: Command,
    monkeypatch: pytest.MonkeyPatch,
    passphrase: str | None,
) -> None:
    monkeypatch.setattr("storage.local.passphrase.Sealer.box.__kwdefaults__", {"cost": 2**10})
    monkeypatch.setattr("storage.local.passphrase.new_box.__kwdefaults__", {"cost": 2**10})
    with databases.settings(tmp_path / "data", key_passphrase=passphrase) as settings:
        with service_over(settings) as service:
            made = Made(service)
            before = wrapped_values(service.context)
            # the key is exchanged under it, and it goes on with the one it has
            assert cameo(settings, "keys", "exchange").status == ExitCode.OK
            assert file_in(settings, FORMER_WRAPPING).stat().st_mode & 0o077 == 0
            made.require(service)
            assert cameo(settings, "keys", "rotate", "--purpose", "export").status == ExitCode.OK
            assert service.context.keys.rotate([Purpose.GRANT])
        again = cameo(settings, "keys", "exchange")
        assert (again.status, again.error["code"]) == (ExitCode.UNAVAILABLE, "key_unavailable")
        with service_over(settings) as service:
            killed(settings, after=3)
            # the two data keys were committed, the signing keys not: two of them are younger
            checked = cameo(settings, "keys", "rewrap", "--check")
            assert (checked.status, sum(checked.document["left"].values())) == (
                ExitCode.NO,
                len(before),
            )
            assert service.enroll("user:cleo")
            killed(settings, after=5)
            with service.client(service.key()) as platform:
                assert platform.get("/readyz").json()["keys"] == {"ok": True}
            ran = cameo(settings, "keys", "rewrap")
            assert ran.status == ExitCode.OK, ran.err
            assert set(ran.document["left"].values()) == {0}
            assert service.enroll("user:dan")
            checked = cameo(settings, "keys", "rewrap", "--check")
            assert (checked.status, checked.document["rewrapped"]) == (ExitCode.OK, {})
        file_in(settings, FORMER_WRAPPING).rename(tmp_path / "former")
        with service_over(settings) as service:
            for purpose, count in ((Purpose.EXPORT, 2), (Purpose.GRANT, 2)):
                keys = [key for key in service.context.keys.certified() if key.purpose is purpose]
                assert len(keys) == count
            require_nothing_of(before, service.context, databases)
        require_former_opens_nothing(settings, tmp_path / "former", passphrase)


def require_former_opens_nothing(settings: Settings, former: Path, passphrase: str | None) -> None:
    present = file_in(settings, WRAPPING)
    content = present.read_bytes()
    if passphrase is None:
        present.write_bytes(former.read_bytes())
        with pytest.raises(Tampered, match="private half"), build(settings):
            pass
        present.write_bytes(content)
    else:
        # sealed under its own name, so it cannot even stand in the other's place
        present.write_bytes(former.read_bytes())
        with pytest.raises(KeyUnavailable, match="damaged, or sealed"), build(settings):
            pass
        present.write_bytes(content)
    with build(settings) as context:
        assert context.keys.audit()


def begin(settings: Settings) -> None:
    with build(settings) as context:
        assert context.keys.certified()


def test_an_exchange_that_was_cut_off_is_completed_by_doing_it_again(
    databases: Kind, tmp_path: Path, cameo: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases.settings(tmp_path / "data") as settings:
        begin(settings)
        key = file_in(settings, WRAPPING).read_bytes()

        def cut_off(*_: object) -> None:
            raise OSError(5, "cut off")

        with monkeypatch.context() as patched:
            patched.setattr("storage.local.keystore.replace_file", cut_off)
            assert cameo(settings, "keys", "exchange").status != ExitCode.OK
        assert file_in(settings, WRAPPING).read_bytes() == key
        assert file_in(settings, FORMER_WRAPPING).read_bytes() == key
        assert cameo(settings, "keys", "signing").status == ExitCode.OK
        assert cameo(settings, "keys", "exchange").status == ExitCode.OK
        assert file_in(settings, WRAPPING).read_bytes() != key
        assert file_in(settings, FORMER_WRAPPING).read_bytes() == key
        assert cameo(settings, "keys", "rewrap").status == ExitCode.OK


def test_it_is_not_done_while_the_databases_own_log_holds_former_wrappings(
    databases: Kind, tmp_path: Path, cameo: Command
) -> None:
    with databases.settings(tmp_path / "data") as settings:
        begin(settings)
        assert cameo(settings, "keys", "exchange").status == ExitCode.OK
        with build(settings) as context, context.store.read() as tx:
            assert tx.sealed_keys.all()
            ran = cameo(settings, "keys", "rewrap")
        assert set(ran.document["left"].values()) == {0}
        held = databases.name == "sqlite"
        assert (ran.status, ran.document["scrubbed"]) == (
            ExitCode.NO if held else ExitCode.OK,
            not held,
        )
        ran = cameo(settings, "keys", "rewrap")
        assert (ran.status, ran.document["scrubbed"]) == (ExitCode.OK, True)


def test_a_former_key_that_was_taken_away_too_early_is_missed(
    databases: Kind, tmp_path: Path, cameo: Command
) -> None:
    with databases.settings(tmp_path / "data") as settings:
        begin(settings)
        assert cameo(settings, "keys", "exchange").status == ExitCode.OK
        former = file_in(settings, FORMER_WRAPPING)
        content = former.read_bytes()
        former.unlink()
        refused = cameo(settings, "keys", "rewrap")
        assert (refused.status, refused.error["code"]) == (ExitCode.UNAVAILABLE, "tampered")
        former.touch(0o600)
        former.write_bytes(content)
        assert cameo(settings, "keys", "rewrap").status == ExitCode.OK


def test_the_key_moves_to_kms_to_another_key_there_and_back(
    databases: Kind,
    tmp_path: Path,
    cameo: Command,
    kms: Any,
    aws_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    one, two = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    with databases.settings(tmp_path / "data", kms_endpoint_url=aws_url) as local:
        with service_over(local) as service:
            made = Made(service)
            before = wrapped_values(service.context)

        def moved(present: str | None, former: str) -> Settings:
            """Everything moves while a service runs; returns the settings without the former."""
            alone = local.model_copy(update={"kms_key_encryption_key": present})
            both = alone.model_copy(update={"former_key_encryption_key": former})
            with service_over(both) as service:
                killed(both, after=4)
                assert cameo(both, "keys", "rewrap", "--check").status == ExitCode.NO
                assert service.enroll(f"user:{former[:3]}")
                ran = cameo(both, "keys", "rewrap")
                assert (ran.status, set(ran.document["left"].values())) == (ExitCode.OK, {0})
            return alone

        at_one = moved(one, "local")
        file_in(local, WRAPPING).unlink()
        with service_over(at_one) as service:
            require_nothing_of(before, service.context, databases)
        at_two = moved(two, one)
        with pytest.raises((Tampered, KeyUnavailable)), build(at_one):
            pass
        away = {"kms_endpoint_url": "http://127.0.0.1:9", "former_key_encryption_key": one}
        # KMS is away, and nobody takes that for something altered
        with monkeypatch.context() as patched:
            patched.setattr("storage.aws.kms.ATTEMPTS", 1)
            with (
                pytest.raises(StorageError) as refused,
                build(at_two.model_copy(update=away)),
            ):
                pass
        assert refused.value.code == "key_unavailable"
        back = moved(None, two)
        for key in (one, two):
            kms.disable_key(KeyId=key)
        with service_over(back) as service:
            made.require(service)
