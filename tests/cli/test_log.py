"""`cameo log`: verified, proven, audited and witnessed, here and at an address."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.cli.__main__ import main
from cameo_service.offline.log import keys_in, verify_proof
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.log.notes import read
from storage.store import migrate
from tests.cli.running import DATABASE, PATIENCE_S, Ran, serving
from tests.kinds import Kind
from tests.plain import NO_AUTHORITIES
from tests.service.log.making import (
    alter_entry,
    content_of,
    database,
    emptied,
    flip,
    grow,
    overwrite,
    publish,
)

NAME = ("--name", "w.example")
PUBLISHED_WITHIN_S = 120.0


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
    for given in (other, "x+y+z", "one word"):
        for option in ("--key", "--witness"):
            refused = log("verify", option, given, "--json")
            assert (refused.status, refused.error["code"]) == (2, "key_malformed"), given
            assert "note" not in refused.error["message"]
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
        until = time.monotonic() + PUBLISHED_WITHIN_S
        with build(Settings(data_dir=data_dir)) as context:
            grow(context, 3)
        while size_at(service.url) < 8:
            assert time.monotonic() < until
            time.sleep(0.05)
        # one of several: a machine that is busy delays some, one that never looks delays all
        assert any(seconds_to_publish(service.url, data_dir) < 3 for _ in range(20))
        url = ("--url", service.url, "--json")
        assert log("verify", *url).document["size"] == size_at(service.url)
        keys = log("key", "--json").document["keys"]
        proof = log("prove", "7", "--key", keys[0], *url).document
        assert proof["index"] == 7


def seconds_to_publish(url: str, data_dir: Path) -> float:
    """From the commit of an entry to the checkpoint that covers it."""
    size, until = size_at(url), time.monotonic() + PUBLISHED_WITHIN_S
    with build(Settings(data_dir=data_dir)) as context:
        grow(context, 1)
    started = time.monotonic()
    while size_at(url) == size:
        assert time.monotonic() < until
        time.sleep(0.05)
    return time.monotonic() - started


def size_at(url: str) -> int:
    note = httpx2.get(
        f"{url}/log/checkpoint", timeout=PATIENCE_S, trust_env=False, verify=NO_AUTHORITIES
    )
    return int(note.text.splitlines()[1])


def test_a_broken_log_is_no_and_a_missing_one_no_answer(
    log: Command,
    data_dir: Path,
    tmp_path: Path,
    databases: Kind,
    monkeypatch: pytest.MonkeyPatch,
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
    if databases.name == "sqlite":
        (data_dir / "cameo.sqlite").write_bytes(b"no database at all")
    else:
        monkeypatch.setenv(DATABASE, "postgresql://127.0.0.1:1/cameo")
    for command in ("audit", "verify"):
        assert log(command, "--json").status == 4


def test_nothing_there_is_said_to_be_so(log: Command) -> None:
    refused = log("verify", "--url", "http://127.0.0.1:9", "--json")
    assert (refused.status, json.loads(refused.err)["error"]["code"]) == (4, "store_unavailable")
    assert "`127.0.0.1:9`" in refused.error["message"]
    unsaid = log("verify", "--url", "http://cameo:s3cret@127.0.0.1:9", "--json")
    assert unsaid.error["message"] == refused.error["message"]


@pytest.fixture
def root_file(data_dir: Path, tmp_path: Path) -> tuple[str, str]:
    """What `/.well-known/cameo-root` says, in a file, and the root key's thumbprint."""
    with build(Settings(data_dir=data_dir)) as context:
        document = context.keys.root_document()
    path = tmp_path / "root.json"
    path.write_text(json.dumps(document))
    return str(path), str(document["root"]["kid"])


def test_a_pinned_root_decides_here_too(
    log: Command, tmp_path: Path, root_file: tuple[str, str]
) -> None:
    witness = ("--name", "w", "--key-file", str(tmp_path / "k"), "--seen", str(tmp_path / "s"))
    key = log("key", "--json").document["keys"][0]
    for command in (("verify",), ("prove", "3"), ("witness", *witness)):
        assert log(*command, "--root", root_file[1]).status == 0
        refused = log(*command, "--root", "wrong", "--json")
        assert (refused.status, refused.error["code"]) == (1, "log_checkpoint_forged")
        assert "not the root's" in refused.error["message"]
        refused = log(*command, "--root", root_file[1], "--key", key, "--json")
        assert (refused.status, refused.error["code"]) == (2, "keys_ambiguous")


def test_a_proof_of_an_entry_verifies_without_the_deployment(
    log: Command, data_dir: Path, tmp_path: Path, root_file: tuple[str, str]
) -> None:
    keys, root = root_file
    key = log("key", "--json").document["keys"][0]
    proof = tmp_path / "proof.json"
    proof.write_text(log("prove", "3").out)
    data_dir.rename(tmp_path / "elsewhere")
    for trust in (("--key", key), ("--keys", keys, "--root", root)):
        shown = log("verify", "--proof", str(proof), *trust, "--json")
        assert shown.status == 0, shown.err
        assert (shown.document["index"], shown.document["size"]) == (3, 5)
        assert shown.document["kind"] == "cameo.suspended"
    assert "entry 3 of 5" in log("verify", "--proof", str(proof), "--key", key).out
    proof.write_text(proof.read_text().replace('"index": 3', '"index": 2'))
    refused = log("verify", "--proof", str(proof), "--key", key, "--json")
    assert (refused.status, refused.error["code"]) == (1, "proof_wrong")
    refused = log("verify", "--proof", str(proof), "--keys", keys, "--root", "wrong", "--json")
    assert (refused.status, refused.error["code"]) == (1, "root_differs")
    refused = log("verify", "--proof", str(proof), "--json")
    assert (refused.status, refused.error["code"]) == (4, "no_deployment")


def test_a_proof_that_the_log_went_on(log: Command, data_dir: Path, tmp_path: Path) -> None:
    old, proof = tmp_path / "old.note", tmp_path / "since.json"
    key = log("key", "--json").document["keys"][0]
    with build(Settings(data_dir=data_dir)) as context:
        old.write_bytes(content_of(context, "checkpoint"))
        grow(context, 300)
        publish(context)
        forged = context.signer.note(replace(read(old.read_text())[0], root=bytes(32)))
    proof.write_text(log("prove", "--since", str(old)).out)
    verify = ("verify", "--proof", str(proof), "--key", key, "--json")
    shown = log(*verify, "--note", str(old))
    assert shown.status == 0, shown.err
    assert (shown.document["since"], shown.document["size"]) == (5, 305)
    assert log(*verify).error["code"] == "note_missing"
    old.write_text(forged)
    refused = log(*verify, "--note", str(old))
    assert (refused.status, refused.error["code"]) == (1, "not_consistent")
    refused = log("prove", "--since", str(old), "--json")
    assert (refused.status, refused.error["code"]) == (1, "log_forked")
    for arguments in (("prove",), ("prove", "3", "--since", str(old))):
        refused = log(*arguments, "--json")
        assert (refused.status, refused.error["code"]) == (2, "proof_ambiguous")


@pytest.mark.parametrize("junk", [b"no note", b"\xff\xfe", b""])
def test_a_file_that_is_no_note_is_wrong_usage(log: Command, tmp_path: Path, junk: bytes) -> None:
    note = tmp_path / "junk.note"
    note.write_bytes(junk)
    witness = ("--name", "w", "--key-file", str(tmp_path / "k"), "--seen", str(note))
    for arguments in (
        ("verify", "--note", str(note)),
        ("prove", "--since", str(note)),
        ("witness", *witness),
    ):
        refused = log(*arguments, "--json")
        assert (refused.status, refused.error["code"]) == (2, "note_malformed")
    assert not (tmp_path / "k").exists()


def test_a_log_that_has_not_begun_has_a_code_of_its_own(log: Command, data_dir: Path) -> None:
    with build(Settings(data_dir=data_dir)) as context:
        for name in context.blobs.list("log/"):
            context.blobs.delete(name)
    for command in ("verify", "audit"):
        refused = log(command, "--json")
        assert (refused.status, refused.error["code"]) == (1, "log_checkpoint_forged")
    with build(Settings(data_dir=data_dir)) as context, database(context) as connection:
        connection.execute(text("DELETE FROM log_checkpoints"))
    for command in ("verify", "audit"):
        refused = log(command, "--json")
        assert (refused.status, refused.error["code"]) == (4, "log_not_published")
