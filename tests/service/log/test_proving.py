"""Proofs: given by the service, verified offline by nothing but the library of ciphers."""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cameo_service.context import Context
from cameo_service.errors import Unknown
from cameo_service.log.proving import proof_of
from cameo_service.log.sources import BlobSource, WebSource
from cameo_service.log.standing import (
    CheckpointForged,
    LogForked,
    LogRolledBack,
    NotPublished,
    NotYetLogged,
    TileAltered,
)
from cameo_service.log.verifying import prove, require_witnesses, verify, witnessed
from cameo_service.offline.consistency import prove_consistency
from cameo_service.offline.errors import NotProven
from cameo_service.offline.log import (
    keys_in,
    verify_checkpoint,
    verify_consistency,
    verify_opening,
    verify_proof,
    verify_witness,
)
from cameo_service.problems import status_of
from storage.log.notes import COSIGNATURE, Checkpoint, verifier_key
from storage.log.tiles import tree_in
from storage.log.tree import consistency_proof
from tests.kinds import Kind
from tests.service.log.making import content_of, flip, grow, lose, overwrite, publish
from tests.service.running import Refusal, RunningService

ROOT = Path(__file__).parents[3]
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(32))


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_every_entry_is_proven(context: Context) -> None:
    grow(context, 300)
    publish(context)
    keys = context.signer.log_keys()
    source = BlobSource(context.blobs)
    for number in (0, 1, 254, 255, 256, 298, 299):
        proof = proof_of(context, number)
        assert proof == prove(source, keys, number)
        entry = verify_proof(proof, keys, origin="127.0.0.1:8400/log")
        assert (entry.index, entry.kind, entry.checkpoint.size) == (number, "cameo.suspended", 300)
        with context.store.read() as tx:
            opening = tx.log.opening(number)
        assert opening is not None
        event = verify_opening(entry, salt=opening.salt, event=opening.document)
        assert event == {"event": "cameo.suspended", "cameo": "cam_1"}


def test_old_proofs_stay_good(context: Context) -> None:
    grow(context, 5)
    publish(context)
    proof = proof_of(context, 2)
    grow(context, 300)
    publish(context)
    keys = context.signer.log_keys()
    old = verify_proof(proof, keys).checkpoint
    new = verify_checkpoint(proof_of(context, 2)["checkpoint"], keys)
    hashes = consistency_proof(old.size, new.size, tree_in(305, BlobSource(context.blobs).tile))
    verify_consistency(old, new, [text(each) for each in hashes])
    with pytest.raises(NotProven) as refused:
        verify_consistency(new, old, [])
    assert refused.value.code == "not_consistent"


def test_what_no_checkpoint_covers_is_to_be_asked_again(context: Context) -> None:
    grow(context, 1)
    with pytest.raises(NotYetLogged) as early:
        proof_of(context, 0)
    assert status_of(early.value) == 503
    publish(context)
    assert proof_of(context, 0)["index"] == 0
    for number in (1, -1):
        with pytest.raises(Unknown, match=f"no log entry `{number}`"):
            proof_of(context, number)


def test_no_proof_is_given_from_altered_tiles(context: Context) -> None:
    grow(context, 3)
    publish(context)
    flip(context, "tile/0/000.p/3")
    with pytest.raises(TileAltered, match="do not lead from entry `1`"):
        proof_of(context, 1)
    lose(context, "tile/0/000.p/3")
    with pytest.raises(TileAltered, match="give no proof"):
        proof_of(context, 1)


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"index": 3}, "proof_wrong"),
    ({"index": 99}, "proof_malformed"),
    ({"index": True}, "proof_malformed"),
    ({"index": None}, "proof_malformed"),
    ({"entry": text(b"another")}, "proof_wrong"),
    ({"entry": "***"}, "proof_malformed"),
    ({"entry": None}, "proof_malformed"),
    ({"inclusion": []}, "proof_malformed"),
    ({"inclusion": "x"}, "proof_malformed"),
    ({"inclusion": [text(bytes(32))] * 200}, "proof_malformed"),
    ({"inclusion": [text(bytes(32))] * 3}, "proof_wrong"),
    ({"inclusion": [text(bytes(31))] * 3}, "proof_malformed"),
    ({"checkpoint": "nothing"}, "note_malformed"),
    ({"origin": "other.example/log"}, "origin_differs"),
]


def test_another_proof_proves_nothing(context: Context) -> None:
    grow(context, 5)
    publish(context)
    proof, keys = proof_of(context, 2), context.signer.log_keys()
    for change, code in CHANGES:
        with pytest.raises(NotProven) as refused:
            verify_proof({**proof, **change}, keys)
        assert (change, refused.value.code) == (change, code)


def test_a_proof_is_of_this_log_alone(context: Context) -> None:
    grow(context, 1)
    publish(context)
    proof = proof_of(context, 0)
    for keys, origin, code in (
        ([WITNESS.public_key()], None, "note_not_signed"),
        (context.signer.log_keys(), "other.example/log", "origin_differs"),
    ):
        with pytest.raises(NotProven) as refused:
            verify_proof(proof, keys, origin=origin)
        assert refused.value.code == code


def test_an_entry_opens_to_its_event_alone(context: Context) -> None:
    grow(context, 1)
    publish(context)
    entry = verify_proof(proof_of(context, 0), context.signer.log_keys())
    with context.store.read() as tx:
        opening = tx.log.opening(0)
    assert opening is not None
    for salt, event in ((bytes(32), opening.document), (opening.salt, b"{}"), (b"", b"{}")):
        with pytest.raises(NotProven, match="another event"):
            verify_opening(entry, salt=salt, event=event)


@pytest.mark.parametrize("key", [{"x": "AA"}, {"x": None}, {"x": "*"}, {}, {"x": "ü"}], ids=str)
def test_a_damaged_key_is_no_key(key: dict[str, Any]) -> None:
    assert keys_in({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", **key}]}) == []


OFFLINE = """
import builtins, json, sys
allowed = set(sys.stdlib_module_names) | {"cryptography", "_cffi_backend"}
allowed |= {"cameo_service", "storage"}
imported = builtins.__import__
def guarded(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0 and name.partition(".")[0] not in allowed:
        raise ImportError(f"`{name}` is not to be needed")
    return imported(name, globals, locals, fromlist, level)
builtins.__import__ = guarded
sys.addaudithook(lambda event, _: sys.exit("network") if event == "socket.connect" else None)
from cameo_service.offline.log import keys_in, verify_opening, verify_proof
given = json.load(sys.stdin)
entry = verify_proof(given["proof"], keys_in(given["jwks"]))
event = verify_opening(entry, salt=bytes.fromhex(given["salt"]), event=given["event"].encode())
print(json.dumps([entry.index, event["cameo"], sorted(
    name for name in sys.modules if name.startswith(("cameo_service.", "storage."))
)]))
"""


def test_nothing_but_the_library_of_ciphers_is_needed(context: Context) -> None:
    grow(context, 300)
    publish(context)
    with context.store.read() as tx:
        opening = tx.log.opening(7)
    assert opening is not None
    given = {
        "proof": proof_of(context, 7),
        "jwks": context.signer.jwks(),
        "salt": opening.salt.hex(),
        "event": opening.document.decode(),
    }
    ended = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", OFFLINE],
        input=json.dumps(given),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    index, cameo, modules = json.loads(ended.stdout)
    assert (index, cameo) == (7, "cam_1")
    assert [name for name in modules if name.startswith(("cameo_service.", "storage.co"))] == [
        name for name in modules if name.startswith("cameo_service.offline")
    ]


def test_an_opening_in_base64_is_not_called_another_event(context: Context) -> None:
    grow(context, 1)
    publish(context)
    entry = verify_proof(proof_of(context, 0), context.signer.log_keys())
    with context.store.read() as tx:
        opening = tx.log.opening(0)
    assert opening is not None
    salt = base64.b64encode(opening.salt).decode()
    with pytest.raises(TypeError, match="decode the base64"):
        verify_opening(entry, salt=salt, event=opening.document)  # type: ignore[arg-type]  # text
    event = verify_opening(entry, salt=base64.b64decode(salt), event=opening.document)
    assert event["cameo"] == "cam_1"


@pytest.mark.parametrize(("old", "new"), [(0, 5), (1, 2), (255, 256), (256, 305), (305, 305)])
def test_continuity_is_proven_from_the_tiles_by_the_client(
    context: Context, old: int, new: int
) -> None:
    keys = context.signer.log_keys()

    heads: list[Checkpoint] = []
    for size in (old, new):
        missing = size - (heads[-1].size if heads else 0)
        if missing:
            grow(context, missing)
        publish(context)
        heads.append(verify_checkpoint(content_of(context, "checkpoint").decode(), keys))
    first, last = heads
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return content_of(context, path)

    proof = prove_consistency(first, last, fetch)
    verify_consistency(first, last, proof)
    assert all(path.startswith("tile/") and "entries" not in path for path in asked)
    if 0 < old < new:
        forged = replace(first, root=bytes(32))
        with pytest.raises(NotProven) as refused:
            prove_consistency(forged, last, fetch)
        assert refused.value.code == "not_consistent"
        with pytest.raises(NotProven) as refused:
            prove_consistency(first, last, lambda path: fetch(path)[:-1])
        assert refused.value.code == "tile_malformed"
    with pytest.raises(NotProven) as refused:
        prove_consistency(replace(first, size=last.size + 1), last, fetch)
    assert refused.value.code == "not_consistent"


def test_a_witness_signs_what_goes_on_and_nothing_else(context: Context) -> None:
    keys, source = context.signer.log_keys(), BlobSource(context.blobs)

    def sign(seen: str | None) -> str:
        return witnessed(source, keys, seen=seen, key=WITNESS, name="w", at=1_700_000_000)

    grow(context, 3)
    publish(context)
    first = sign(None)
    public = verifier_key("w", WITNESS.public_key(), COSIGNATURE)
    assert verify_witness(first, public) == 1_700_000_000
    grow(context, 300)
    publish(context)
    second = sign(first)
    assert verify_checkpoint(second, keys).size == 303
    overwrite(context, "checkpoint", first.encode())
    with pytest.raises(LogRolledBack, match="has 3 entries and had 303"):
        sign(second)
    assert require_witnesses(source, keys, [("w", WITNESS.public_key())]).size == 3


def test_a_witness_signs_no_second_history(
    context: Context, databases: Kind, tmp_path: Path
) -> None:
    from cameo_service.wiring import build

    grow(context, 3)
    publish(context)
    keys = context.signer.log_keys()
    seen = BlobSource(context.blobs).checkpoint()
    with databases.settings(tmp_path / "other") as elsewhere, build(elsewhere) as other:
        grow(other, 4)
        publish(other)
        keys = [*keys, *other.signer.log_keys()]
        source = BlobSource(other.blobs)
        with pytest.raises(LogForked, match="another history"):
            witnessed(source, keys, seen=seen, key=WITNESS, name="w", at=1)


@pytest.mark.parametrize(
    ("witness", "code"),
    [
        ("nothing", "key_malformed"),
        (verifier_key("w", WITNESS.public_key()), "key_malformed"),
        (verifier_key("w", WITNESS.public_key(), COSIGNATURE), "witness_missing"),
    ],
)
def test_without_its_signature_no_witness_saw_it(context: Context, witness: str, code: str) -> None:
    note = BlobSource(publish_nothing(context).blobs).checkpoint()
    with pytest.raises(NotProven) as refused:
        verify_witness(note, witness)
    assert refused.value.code == code


def publish_nothing(context: Context) -> Context:
    publish(context)
    return context


def test_the_log_is_read_over_http_by_anybody(service: RunningService, refused: Refusal) -> None:
    context = service.context
    with service.client() as anyone:
        refused(anyone.get("/log/checkpoint"), 404, "unknown")
        grow(context, 300)
        publish(context)
        note = anyone.get("/log/checkpoint")
        assert note.headers["cache-control"] == "no-store"
        assert note.headers["content-type"] == "text/plain; charset=utf-8"
        for path, size in (("0/000", 256 * 32), ("0/001.p/44", 44 * 32), ("0/000.p/7", 7 * 32)):
            tile = anyone.get(f"/log/tile/{path}")
            assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert len(tile.content) == size
        for path in ("0/002", "0/001", "9/000", "0/0", "entries/../checkpoint", "%2e%2e/x", ""):
            answer = anyone.get(f"/log/tile/{path}")
            assert answer.status_code == 404, path
            assert answer.headers["content-type"] == "application/problem+json"
    source = WebSource(service.url)
    try:
        keys = source.keys()
        assert verify(source, keys).size == 300
        certified = source.certified_keys(str(context.keys.root_document()["root"]["kid"]))
        assert verify(source, certified).size == 300
        assert len(certified) == 1
        with pytest.raises(CheckpointForged, match="not the root's"):
            source.certified_keys("another")
        assert verify_proof(prove(source, keys, 299), keys).index == 299
    finally:
        source.close()


def test_a_log_over_http_that_cannot_be_read_is_said_to_be_so() -> None:
    from storage.errors import StoreUnavailable

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(404 if request.url.path == "/log/checkpoint" else 500)

    source = WebSource("http://log.example", transport=httpx2.MockTransport(answer))
    with pytest.raises(NotPublished, match="publishes no log"):
        source.checkpoint()
    with pytest.raises(StoreUnavailable, match="the keys cannot be read"):
        source.keys()
