"""Receipts verified offline: a flipped bit anywhere is detected, and its part named."""

import ast
import base64
import copy
import json
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.offline.keys import certified_keys
from cameo_service.offline.log import log_keys
from cameo_service.offline.receipts import (
    ReceiptNotProven,
    Trusted,
    certified,
    published,
    verify_asset,
    verify_receipt,
)
from storage.keys import Purpose
from tests.service.making import draft, grant, question
from tests.service.receipts.keeping import receipts, trusted
from tests.service.running import RunningService

ROOT = Path(__file__).parents[3]
Document = dict[str, Any]


@pytest.fixture
def held(service: RunningService, platform: httpx2.Client) -> Document:
    """A receipt from the middle of a log."""
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    uses = [draft(platform, question(cameo)) for _ in range(3)]
    return receipts(service, platform, uses[1])[0]


@pytest.fixture
def trust(service: RunningService) -> Trusted:
    return trusted(service)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in members:
            yield from leaves(member, (*path, name))
    else:
        yield path, value


def changed(document: Document, path: tuple[Any, ...], value: Any) -> Document:
    altered = copy.deepcopy(document)
    place: Any = altered
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return altered


def flipped(value: Any) -> Iterator[Any]:
    """The value with one bit changed, at several places."""
    if isinstance(value, int):
        yield value ^ 1
    elif value is None:
        yield "cam_1"
    else:
        data = value.encode()
        step = max(1, len(data) // 40)
        for at in sorted({*range(0, len(data), step), len(data) - 1}):
            text = bytearray(data)
            text[at] ^= 1
            try:
                yield text.decode()
            except UnicodeDecodeError:
                continue


NAMED = {
    "statement": {"statement"},
    "opening.salt": {"opening", "proof.entry"},
    "opening.event": {"opening", "proof.entry"},
    "proof.checkpoint": {"proof.checkpoint"},
    "proof.inclusion": {"proof.inclusion"},
    "proof.entry": {"proof.entry"},
    "proof.index": {"proof.inclusion"},
    "proof.origin": {"proof.origin"},
}


def test_a_flipped_bit_anywhere_is_detected_and_named(held: Document, trust: Trusted) -> None:
    assert verify_receipt(held, trust).claims["jti"] == held["id"]
    tried = 0
    for path, value in leaves(held):
        name = ".".join(str(part) for part in path if not isinstance(part, int))
        for altered in flipped(value):
            with pytest.raises(ReceiptNotProven) as refused:
                verify_receipt(changed(held, path, altered), trust)
            assert refused.value.part in NAMED.get(name, {name}), (path, altered)
            tried += 1
    assert tried > 300


def test_members_that_are_missing_or_added_are_refused(held: Document, trust: Trusted) -> None:
    for part in (held, held["opening"], held["proof"]):
        for name in list(part):
            value = part.pop(name)
            with pytest.raises(ReceiptNotProven):
                verify_receipt(held, trust)
            part[name] = value
        part["more"] = 1
        with pytest.raises(ReceiptNotProven):
            verify_receipt(held, trust)
        del part["more"]
    nothing: list[object] = [None, [], "x", 1, {"object": "receipt"}]
    for nonsense in nothing:
        with pytest.raises(ReceiptNotProven) as refused:
            verify_receipt(nonsense, trust)
        assert refused.value.part == "document"


def test_the_proof_of_another_receipt_does_not_fit(
    service: RunningService, platform: httpx2.Client, trust: Trusted
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    first, second = (
        receipts(service, platform, draft(platform, question(cameo)))[0] for _ in range(2)
    )
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt({**first, "proof": second["proof"]}, trust)
    assert refused.value.part == "opening"
    both = {"proof": second["proof"], "opening": second["opening"]}
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt({**first, **both}, trust)
    assert refused.value.part == "opening"


def test_a_statement_signed_for_another_purpose_is_no_receipt(
    service: RunningService, held: Document, trust: Trusted
) -> None:
    claims = verify_receipt(held, trust).claims
    signed = service.context.signer.sign(Purpose.PERMIT, claims)
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt({**held, "statement": signed}, trust)
    assert (refused.value.part, refused.value.code) == ("statement", "wrong_type")


def test_trust_starts_with_pinned_keys(platform: httpx2.Client, held: Document) -> None:
    jwks = platform.get("/.well-known/jwks.json").json()
    assert verify_receipt(held, published(jwks)).claims["jti"] == held["id"]
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(held, published({"keys": []}))
    assert refused.value.part == "statement"
    document = platform.get("/.well-known/cameo-root").json()
    of_another = certified(document, root=document["root"]["kid"], origin="other.example/log")
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(held, of_another)
    assert refused.value.part == "proof.origin"


def test_a_file_that_it_does_not_name_is_not_of_it(held: Document, trust: Trusted) -> None:
    with pytest.raises(ReceiptNotProven, match="names no file") as refused:
        verify_asset(verify_receipt(held, trust).claims, "0" * 64)
    assert refused.value.part == "asset"


def test_it_needs_nothing_but_the_standard_library_and_cryptography(
    held: Document, platform: httpx2.Client, tmp_path: Path
) -> None:
    (tmp_path / "receipt.json").write_text(json.dumps(held))
    (tmp_path / "root.json").write_text(json.dumps(platform.get("/.well-known/cameo-root").json()))
    program = """
import sys, json, pathlib
allowed = set(sys.stdlib_module_names) | {"cryptography", "_cffi_backend", "cameo_service",
    "storage", "permissions"}
class Only:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ImportError(f"{name} is not for offline verification")
sys.meta_path.insert(0, Only())
from cameo_service.offline import archives, receipts
folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "root.json").read_text())
trusted = receipts.certified(document, root=document["root"]["kid"])
found = receipts.verify_receipt(json.loads((folder / "receipt.json").read_text()), trusted)
print(found.claims["jti"])
"""
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, held["id"]), done.stderr


def test_every_base64_has_one_spelling(held: Document, trust: Trusted) -> None:
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    salt = held["opening"]["salt"]
    # of the last character, two bits carry nothing
    respelt = salt[:-2] + alphabet[alphabet.index(salt[-2]) + 1] + "="
    assert base64.b64decode(respelt) == base64.b64decode(salt)
    with pytest.raises(ReceiptNotProven, match="not base64"):
        verify_receipt(changed(held, ("opening", "salt"), respelt), trust)


@pytest.mark.parametrize("zone", ["", "+00:00", "+05:00", "-00:30"])
def test_the_moment_of_a_receipt_is_in_utc(held: Document, trust: Trusted, zone: str) -> None:
    # the same figures elsewhere are another moment
    elsewhere = held["created_at"].removesuffix("Z") + zone
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(changed(held, ("created_at",), elsewhere), trust)
    assert refused.value.part == "created_at"


def test_text_that_no_file_can_hold_is_refused_by_its_part(held: Document, trust: Trusted) -> None:
    """A lone surrogate: JSON can write one, and UTF-8 cannot."""
    for path in (("statement",), ("opening", "salt"), ("proof", "checkpoint"), ("proof", "entry")):
        with pytest.raises(ReceiptNotProven) as refused:
            verify_receipt(changed(held, path, "\ud800"), trust)
        assert refused.value.part.startswith(path[0])


def test_a_key_that_was_certified_for_something_else_signs_no_checkpoint(
    service: RunningService, held: Document, platform: httpx2.Client
) -> None:
    document = platform.get("/.well-known/cameo-root").json()
    root = document["root"]["kid"]
    log_key = service.context.signer.log_keys()[0]
    others = [
        each
        for each in document["certificates"]
        if list(log_keys(certified_keys({**document, "certificates": [each]}, root=root))) == []
    ]
    assert log_key in certified(document, root=root).log_keys
    without = certified({**document, "certificates": others}, root=root)
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(held, without)
    assert (refused.value.part, refused.value.code) == ("proof.checkpoint", "note_not_signed")


def test_the_verifier_imports_nothing_else() -> None:
    allowed = {*sys.stdlib_module_names, "cryptography"}
    for module in (ROOT / "cameo_service" / "offline").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                ours = name.startswith(("cameo_service.offline", "storage."))
                assert ours or name.split(".")[0] in allowed, (module, name)
