"""`cameo log`: verified, proven, audited and witnessed, here and at an address."""

import json
import time
from pathlib import Path
from typing import Protocol

import httpx2
import pytest

from cameo_service.cli.__main__ import main
from cameo_service.offline.log import keys_in, verify_proof
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.store import migrate
from tests.cli.running import Ran, serving
from tests.service.log.making import alter_entry, emptied, flip, grow, overwrite, publish

NAME = ("--name", "w.example")


@pytest.fixture
def data_dir(data_dir: Path) -> Path:
    """A log of five entries."""
    settings = Settings(data_dir=data_dir)
    migrate(settings.resolved_database_url)
    with build(settings) as context:
        emptied(context)
        grow(context, 5)
        publish(context)
    return settings.data_dir


class Command(Protocol):
    """`cameo log`, in this process: it starts at once."""

    def __call__(self, *arguments: str) -> Ran:
        """Run it with these arguments."""


@pytest.fixture
def log(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main(["log", *arguments, "--data-dir", str(data_dir)])
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return run


def test_a_log_that_is_in_order(log: Command, data_dir: Path) -> None:
    verified = log("verify", "--json")
    assert verified.status == 0, verified.err
    assert (verified.document["origin"], verified.document["size"]) == ("127.0.0.1:8400/log", 5)
    audited = log("audit", "--json")
    assert audited.document == {"size": 5, "waiting": 0, "opened": 5, "erased": 0}
    assert "5 entries published" in log("audit").out
    proof = log("prove", "3").document
    with build(Settings(data_dir=data_dir)) as context:
        assert verify_proof(proof, keys_in(context.signer.jwks())).index == 3


def test_what_is_wrong_is_named_and_no(log: Command, data_dir: Path) -> None:
    refused = log("prove", "5", "--json")
    assert (refused.status, refused.error["code"]) == (1, "unknown")
    other = "127.0.0.1:8400/log+00000000+AQ=="
    refused = log("verify", "--key", other, "--json")
    assert (refused.status, refused.error["code"]) == (2, "key_malformed")
    with build(Settings(data_dir=data_dir)) as context:
        flip(context, "tile/0/000.p/5")
    for command in ("verify", "audit"):
        refused = log(command, "--json")
        assert (refused.status, refused.error["code"]) == (1, "log_tile_altered")
        assert "`tile/0/000.p/5`" in refused.error["message"]


def test_a_witness_remembers_what_it_saw(log: Command, data_dir: Path, tmp_path: Path) -> None:
    key, seen = tmp_path / "w.pem", tmp_path / "w.note"
    arguments = ("witness", *NAME, "--key-file", str(key), "--seen", str(seen), "--json")
    first = log(*arguments)
    assert first.status == 0, first.err
    assert key.stat().st_mode & 0o777 == 0o600
    assert seen.read_text() == first.document["note"]
    witness = ("--note", str(seen), "--witness", first.document["witness"], "--json")
    assert log("verify", *witness).document["size"] == 5
    unseen = log("verify", *witness[2:])
    assert (unseen.status, unseen.error["code"]) == (1, "log_checkpoint_forged")
    with build(Settings(data_dir=data_dir)) as context:
        grow(context, 1)
        publish(context)
    assert log(*arguments).document["note"].splitlines()[1] == "6"
    with build(Settings(data_dir=data_dir)) as context:
        overwrite(context, "checkpoint", first.document["note"].encode())
    refused = log(*arguments)
    assert (refused.status, refused.error["code"]) == (1, "log_rolled_back")
    assert seen.read_text().splitlines()[1] == "6"


def test_a_service_publishes_by_itself(log: Command, data_dir: Path, tmp_path: Path) -> None:
    with serving(data_dir=data_dir, log=tmp_path / "log") as service:
        until = time.monotonic() + 20
        with build(Settings(data_dir=data_dir)) as context:
            grow(context, 3)
        while size_at(service.url) < 8:
            assert time.monotonic() < until
            time.sleep(0.05)
        url = ("--url", service.url, "--json")
        assert log("verify", *url).document["size"] == 8
        keys = log("key", "--json").document["keys"]
        proof = log("prove", "7", "--key", keys[0], *url).document
        assert proof["index"] == 7


def size_at(url: str) -> int:
    note = httpx2.get(f"{url}/log/checkpoint", timeout=10, trust_env=False)
    return int(note.text.splitlines()[1])


def test_a_broken_log_is_no_and_a_missing_one_no_answer(
    log: Command, data_dir: Path, tmp_path: Path
) -> None:
    with build(Settings(data_dir=data_dir)) as context:
        alter_entry(context, 2)
    refused = log("audit", "--json")
    assert (refused.status, refused.error["code"]) == (1, "log_entry_altered")
    assert log("verify", "--json").status == 0  # what was published is as it was
    arguments = (
        "--key-file",
        str(tmp_path / "w.pem"),
        "--seen",
        str(tmp_path / "w.note"),
        "--json",
    )
    refused = log("witness", "--name", "two words", *arguments)
    assert (refused.status, refused.error["code"]) == (2, "name_malformed")
    (data_dir / "cameo.sqlite").write_bytes(b"no database at all")
    for command in ("audit", "verify"):
        assert log(command, "--json").status == 4


def test_nothing_there_is_said_to_be_so(log: Command) -> None:
    refused = log("verify", "--url", "http://127.0.0.1:9", "--json")
    assert (refused.status, json.loads(refused.err)["error"]["code"]) == (4, "store_unavailable")
    assert "`127.0.0.1:9`" in refused.error["message"]
    unsaid = log("verify", "--url", "http://cameo:s3cret@127.0.0.1:9", "--json")
    assert unsaid.error["message"] == refused.error["message"]
