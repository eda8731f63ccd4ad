"""An erasure certificate and its proof, verified by whoever has nothing but the keys."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.cli.__main__ import main
from cameo_service.client import CameoClient, Erasure
from cameo_service.log.auditing import audit
from cameo_service.log.standing import OpeningMissing
from cameo_service.offline.erasures import ProvenErasure, verify_erasure
from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import published_keys
from cameo_service.offline.log import keys_in
from tests.service.erasing import enroll, hand_out, likeness, sequence, work
from tests.service.log.making import database
from tests.service.running import Clock, RunningService

ROOT = Path(__file__).parents[2]
ALONE = """
import json, sys
from importlib.abc import MetaPathFinder

class Nothing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        known = {"cameo_service", "storage", "cryptography", "_cffi_backend", "cffi"}
        if first in known or first in sys.stdlib_module_names or first.startswith("_sysconfig"):
            return None
        raise ImportError(f"`{name}` is neither the standard library nor cryptography")

sys.meta_path.insert(0, Nothing())
from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.keys import published_keys
from cameo_service.offline.log import keys_in
shown, jwks = json.load(sys.stdin)
erasure = verify_erasure(
    shown["certificate"], shown["proof"], keys=published_keys(jwks), log_keys=keys_in(jwks)
)
print(erasure.id)
"""


@pytest.fixture
def two(service: RunningService, platform: httpx2.Client) -> list[dict[str, Any]]:
    """Two finished erasures, as their owners' side reads them."""
    ids = []
    for principal in ("user:ann", "user:bob"):
        cameo, _ = enroll(service, principal, likeness())
        hand_out(service.context, cameo, "app:studio", id=f"dis_{principal}", now=service.clock())
        ids.append(platform.post(f"/v1/cameos/{cameo}/erase").json()["id"])
    work(service.context)
    sequence(service.context)
    return [platform.get(f"/v1/erasures/{id}").json() for id in ids]


@pytest.fixture
def jwks(platform: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = platform.get("/.well-known/jwks.json").json()
    return found


def verified(shown: dict[str, Any], jwks: dict[str, Any]) -> ProvenErasure:
    return verify_erasure(
        shown["certificate"], shown["proof"], keys=published_keys(jwks), log_keys=keys_in(jwks)
    )


def test_a_certificate_verifies_with_its_proof(
    two: list[dict[str, Any]], jwks: dict[str, Any], clock: Clock
) -> None:
    erasure = verified(two[0], jwks)
    assert (erasure.id, erasure.cameo, erasure.owner) == (
        two[0]["id"],
        two[0]["cameo_id"],
        "user:ann",
    )
    assert erasure.destroyed == two[0]["destroyed"]
    assert erasure.told == {"app:studio": ("dis_user:ann",)}
    assert erasure.completed_at == clock.now
    assert erasure.entry.kind == "cameo.erased"


def test_an_audit_counts_what_erasures_destroyed(
    two: list[dict[str, Any]], service: RunningService
) -> None:
    """Of disclosures too. One opening less, of somebody who lives, is found."""
    destroyed = sum(each["destroyed"]["log_openings"] for each in two)
    assert audit(service.context).erased == destroyed > 0
    cameo, _ = enroll(service, "user:cleo", likeness())
    hand_out(service.context, cameo, "app:studio", id="dis_cleo", now=service.clock())
    sequence(service.context)
    audit(service.context)
    with service.context.store.read() as tx:
        [disclosed] = tx.disclosures.of_cameo(cameo, limit=9)
    with database(service.context) as connection:
        for table in ("log_subjects", "log_openings"):
            gone = text(f"DELETE FROM {table} WHERE number = :number")  # noqa: S608 (our own names)
            connection.execute(gone, {"number": disclosed.log_number})
    with pytest.raises(OpeningMissing, match=f"entry `{disclosed.log_number}`"):
        audit(service.context)


def test_the_command_line_verifies_it_with_a_pinned_root(
    two: list[dict[str, Any]],
    jwks: dict[str, Any],
    platform: httpx2.Client,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, shown = tmp_path / "root.json", tmp_path / "erasure.json"
    document = platform.get("/.well-known/cameo-root").json()
    root.write_text(json.dumps(document))
    shown.write_text(json.dumps(two[0]))
    pinned = ("--keys", str(root), "--root", document["root"]["kid"])

    def ran(*arguments: str) -> tuple[int, str]:
        status = main(["erasure", "verify", *arguments, "--json"])
        out, err = capsys.readouterr()
        return status, out if status == 0 else json.loads(err)["error"]["code"]

    status, printed = ran(str(shown), *pinned)
    assert (status, json.loads(printed)["id"]) == (0, two[0]["id"])
    assert json.loads(printed)["destroyed"] == two[0]["destroyed"]
    assert main(["erasure", "verify", str(shown), *pinned]) == 0
    assert f"Certificate {two[0]['id']} holds" in capsys.readouterr().out
    assert ran(str(shown), "--keys", str(root), "--root", "wrong") == (1, "root_differs")
    other = tmp_path / "jwks.json"
    other.write_text(json.dumps(jwks))
    assert ran(str(shown), "--keys", str(other))[0] == 0
    shown.write_text(json.dumps({**two[0], "proof": two[1]["proof"]}))
    assert ran(str(shown), *pinned) == (1, "not_logged")
    shown.write_text(json.dumps({**two[0], "certificate": None}))
    assert ran(str(shown), *pinned) == (1, "certificate_missing")
    assert main(["erasure", "verify", str(shown)]) == 2


def flipped(text: str, place: int) -> str:
    """Base64 with one bit of one byte the other way round."""
    content = bytearray(base64.b64decode(text))
    content[place % len(content)] ^= 1
    return base64.b64encode(content).decode()


ALTERED = {
    "certificate": "bad_signature",
    "kind": "wrong_type",
    "another's proof": "not_logged",
    "entry": "proof_wrong",
    "inclusion": "proof_wrong",
    "checkpoint": "note_not_signed",
    "salt": "opening_wrong",
    "event": "opening_wrong",
    "no opening": "opening_missing",
}


def altered(what: str, shown: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    shown = {**shown, "proof": dict(shown["proof"])}
    proof = shown["proof"]
    match what:
        case "certificate":
            head, body, signature = shown["certificate"].split(".")
            forged = body[:-3] + ("A" if body[-3] != "A" else "B") + body[-2:]
            shown["certificate"] = f"{head}.{forged}.{signature}"
        case "kind":
            shown["certificate"] = other["credential"]
        case "another's proof":
            shown["proof"] = other["proof"]
        case "inclusion":
            proof["inclusion"] = [flipped(proof["inclusion"][0], 5), *proof["inclusion"][1:]]
        case "checkpoint":
            lines = proof["checkpoint"].split("\n")
            proof["checkpoint"] = "\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]])
        case "no opening":
            del proof["salt"]
        case _:
            proof[what] = flipped(proof[what], 9)
    return shown


def test_whatever_is_altered_is_found(
    two: list[dict[str, Any]], jwks: dict[str, Any], service: RunningService
) -> None:
    cameo = service.enroll("user:cleo")
    with service.context.store.read() as tx:
        other = {**two[1], "credential": tx.cameos.get(cameo).credential}
    found = {}
    for what in ALTERED:
        with pytest.raises(NotProven) as refused:
            verified(altered(what, two[0], other), jwks)
        found[what] = refused.value.code
    assert found == ALTERED


def test_nothing_but_cryptography_is_needed(
    two: list[dict[str, Any]], jwks: dict[str, Any]
) -> None:
    ran = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", ALONE],
        cwd=ROOT,
        input=json.dumps([two[0], jwks]),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ran.stdout.strip(), ran.returncode) == (two[0]["id"], 0), ran.stderr


def test_the_client_reads_what_is_verified(
    two: list[dict[str, Any]], service: RunningService, jwks: dict[str, Any]
) -> None:
    key = service.key(acts_for=("user:*", "app:*"))
    with CameoClient(service.url, key=key, timeout_s=60) as cameo:
        erasure: Erasure = cameo.get_erasure(two[0]["id"])
        assert erasure.status == "completed"
        [notice] = [
            each
            for each in cameo.list_erasure_notices("app:studio")
            if each.erasure_id == erasure.id
        ]
        assert notice.disclosures == ("dis_user:ann",)
        assert cameo.confirm_erasure(erasure.id, holder="app:studio").confirmed_at is not None
        assert cameo.get_retention_schedule().rules[0].code == "recordings"
        assert cameo.erase_cameo(erasure.cameo_id).id == erasure.id
        assert erasure.proof is not None
        proven = verify_erasure(
            erasure.certificate or "",
            erasure.proof,
            keys=published_keys(jwks),
            log_keys=keys_in(jwks),
        )
    assert proven.id == erasure.id
