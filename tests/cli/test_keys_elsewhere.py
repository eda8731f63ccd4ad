"""Key files are made with a deployment, whole, and beside none whose keys are elsewhere."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.cli.exits import ExitCode
from cameo_service.settings import Settings
from tests.cli.running import DATABASE, ROOT, Ran, cameo, environment

CREATE = ("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "all", "--json")
FILES = ["key-encryption.key", "root.pem"]
KILLED_AT_LINK = """
import os, signal, sys
from cameo_service.cli.__main__ import main

link, made = os.link, []

def killing(*args, **named):
    made.append(args)
    if len(made) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    link(*args, **named)

os.link = killing
sys.exit(main({arguments}))
"""
"""A file is whole by then, and has its name a moment later."""


@pytest.fixture
def url(data_dir: Path) -> str:
    """The database of a deployment that has begun, its keys in `data_dir`."""
    begun = cameo(*CREATE, data_dir=data_dir)
    assert begun.status == 0, begun.err
    return os.environ.get(DATABASE, Settings(data_dir=data_dir).resolved_database_url)


def keys_in(data_dir: Path) -> list[str]:
    return sorted(each.name for each in data_dir.joinpath("keys").iterdir())


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "command",
    [CREATE, ("worker", "--json"), ("serve", "--port", "0", "--migrate", "--json")],
    ids=lambda command: command[0],
)
def test_nothing_is_made_beside_a_deployment_whose_keys_are_elsewhere(
    url: str, data_dir: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    ran = cameo(*command, data_dir=elsewhere, CAMEO_DATABASE_URL=url)
    assert ran.status == ExitCode.UNAVAILABLE
    error = json.loads(ran.err.splitlines()[-1])["error"]
    assert error["code"] == "key_unavailable"
    assert "no `root.pem` and no `key-encryption.key`" in error["message"]
    assert not elsewhere.exists()
    # the deployment itself works on, and where its keys are
    shutil.copytree(data_dir / "keys", elsewhere / "keys")
    again = cameo(*CREATE, data_dir=elsewhere, CAMEO_DATABASE_URL=url)
    assert again.status == 0, again.err


@pytest.mark.parametrize("gone", FILES)
def test_one_key_that_is_missing_is_not_made_anew(url: str, data_dir: Path, gone: str) -> None:
    kept = data_dir.joinpath("keys", gone)
    kept.rename(data_dir / "kept")
    # what a killed process leaves is no key
    kept.with_name(f".{gone}-0123456789abcdef").write_bytes(b"half of a")
    for command in (CREATE, ("keys", "list", "--json")):
        ran = cameo(*command, data_dir=data_dir, CAMEO_DATABASE_URL=url)
        assert (ran.status, f"no `{gone}`" in ran.error["message"]) == (4, True), ran
    assert gone not in keys_in(data_dir)
    (data_dir / "kept").rename(kept)
    assert cameo(*CREATE, data_dir=data_dir, CAMEO_DATABASE_URL=url).status == 0


def test_nothing_is_made_for_a_given_database_without_its_schema(tmp_path: Path) -> None:
    here = tmp_path / "here"
    ran = cameo(*CREATE, data_dir=here, CAMEO_DATABASE_URL=f"sqlite:///{tmp_path}/none.sqlite")
    assert (ran.status, ran.error["code"]) == (4, "store_unavailable")
    assert not here.exists()


@pytest.mark.parametrize("number", [1, 2])
def test_a_beginning_that_is_killed_is_begun_again(data_dir: Path, number: int) -> None:
    script = KILLED_AT_LINK.format(number=number, arguments=CREATE)
    killed = subprocess.run(  # noqa: S603 (our own interpreter and script)
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment(data_dir),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    left = keys_in(data_dir)
    whole = [name for name in left if not name.startswith(".")]
    assert (whole, len(left)) == (FILES[: number - 1], number)
    before = [data_dir.joinpath("keys", name).read_bytes() for name in whole]
    assert cameo(*CREATE, data_dir=data_dir).status == 0
    assert [name for name in keys_in(data_dir) if not name.startswith(".")] == FILES
    assert [data_dir.joinpath("keys", name).read_bytes() for name in whole] == before
    assert len(cameo("keys", "list", "--json", data_dir=data_dir).document) == 1


def test_a_disk_that_is_full_leaves_no_part_of_a_key(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), descriptor)

    monkeypatch.setenv("CAMEO_DATA_DIR", str(data_dir))
    with monkeypatch.context() as patched:
        patched.setattr("storage.local.files.os.fsync", full)
        status = main(CREATE)
    ran = Ran(status, *capfd.readouterr())
    assert (ran.status, ran.error["code"]) == (4, "key_unavailable")
    assert "No space left" in ran.error["message"]
    assert keys_in(data_dir) == []
    assert main(CREATE) == 0
    assert keys_in(data_dir) == FILES
