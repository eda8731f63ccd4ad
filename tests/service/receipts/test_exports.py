"""Archives: everything about one person and nothing private of another, verified offline."""

import base64
import io
import json
import subprocess
import sys
import textwrap
import zipfile
import zlib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Caller, Scope
from cameo_service.cli.__main__ import main
from cameo_service.erasure.finishing import finish
from cameo_service.exports.making import Wanted, make
from cameo_service.exports.writing import ExportTooLarge
from cameo_service.log.auditing import audit
from cameo_service.offline.archives import ArchiveNotProven, verify_archive
from cameo_service.problems import status_of
from storage.algorithms import Algorithm, jwk_of, new_private_key, sign, thumbprint
from storage.jws import compact
from storage.records import DisclosureRecord
from tests.service.making import draft, grant, question, revoke
from tests.service.receipts.keeping import sequence, trusted
from tests.service.running import Refusal, RunningService, verification
from verification.report import Sample, Verdict

ROOT = Path(__file__).parents[3]
EXPORT = "/v1/me/export"
Files = dict[str, bytes]


@pytest.fixture
def world(service: RunningService, platform: httpx2.Client) -> dict[str, str]:
    """Ann and Ben, each with secrets, in one use together."""
    ann, ben = service.enroll("user:ann"), service.enroll("user:ben")
    ids = {"ann": ann, "ben": ben}
    for owner, cameo in (("ann", ann), ("ben", ben)):
        credit = {"kind": "credit", "text": f"words-of-{owner}"}
        ids[f"{owner}-grant"] = grant(platform, cameo, obligations=[credit])
        ids[f"{owner}-other"] = grant(platform, cameo, f"user:friend-of-{owner}")
        policy = {"audience": {"tag": "everyone"}}
        assert platform.put(f"/v1/cameos/{cameo}/policy", json=policy).status_code == 200
        block = f"/v1/principals/user:{owner}/blocks/user:foe-of-{owner}"
        assert platform.put(block).status_code == 204
    assert platform.put("/v1/principals/user:ben/blocks/user:ann").status_code == 204
    pairs = {"add": [["user:ann", "user:dora"], ["user:ben", "user:carl"]]}
    assert platform.post("/v1/relationships", json=pairs).status_code == 200
    both = [
        {"cameo_id": cameo, "facets": ["face"], "appearance_change": "none"}
        for cameo in sorted((ann, ben))
    ]
    with service.client(service.key(principal="app:studio", acts_for=("user:bob",))) as studio:
        ids["use"] = draft(studio, question(ann, likenesses=both))["id"]
    revoke(platform, ids["ann-other"])
    sequence(service)
    return ids


def exported(client: httpx2.Client, principal: str, **more: Any) -> bytes:
    response = client.get(EXPORT, params={"principal": principal, **more})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["cache-control"] == "no-store"
    assert int(response.headers["content-length"]) == len(response.content)
    return response.content


def files_in(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: Files) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    stream.seek(0)
    return stream


def test_an_archive_holds_everything_about_a_person_and_verifies(
    service: RunningService, platform: httpx2.Client, world: dict[str, str]
) -> None:
    package = DisclosureRecord(
        id="dis_1",
        cameo_id=world["ann"],
        permit_id="per_1",
        holder="app:studio",
        requester="user:bob",
        facets=("face",),
        contents=({"modality": "face"},),
        encrypted_to=None,
        log_number=0,
        created_at=service.clock(),
    )
    with service.context.store.write() as tx:
        tx.disclosures.add(package)
    archive = exported(platform, "user:ann")
    found = verify_archive(io.BytesIO(archive), trusted(service))
    assert (found.subject, found.issuer) == ("user:ann", "http://127.0.0.1:8400")
    assert (found.receipts, found.statements, found.by_own_keys) == (1, 3, False)
    assert found.entries >= 6
    assert verify_archive(io.BytesIO(archive)).by_own_keys
    files = files_in(archive)
    folder = f"cameos/{world['ann']}"
    documents = {
        name: json.loads(content) for name, content in files.items() if name.endswith("json")
    }
    assert documents["person.json"]["principal"] == "user:ann"
    [enrollment] = documents["enrollments.json"]
    assert enrollment["statement"]["accepted_at"] is not None
    assert {"name": "digits", "outcome": "pass", "code": None} in enrollment["checks"]
    assert all(set(check) == {"name", "outcome", "code"} for check in enrollment["checks"])
    [cameo] = documents["cameos.json"]
    assert (cameo["id"], cameo["credential"] is None) == (world["ann"], False)
    grants = documents[f"{folder}/grants.json"]
    assert {each["id"] for each in grants} == {world["ann-grant"], world["ann-other"]}
    assert len(documents[f"{folder}/policies.json"]) == 2
    assert [each["id"] for each in documents[f"{folder}/uses.json"]] == [world["use"]]
    [disclosed] = documents[f"{folder}/disclosures.json"]
    assert (disclosed["holder"], disclosed["encrypted"]) == ("app:studio", False)
    assert {each["blocked"] for each in documents["relations/blocks.json"]} == {"user:foe-of-ann"}
    assert documents["relations/mutuals.json"] == ["user:dora"]
    assert f"grants/{world['ann-grant']}.record.jsonld" in files
    assert f"grants/{world['ann-grant']}.odrl.jsonld" in files
    [linked] = [name for name in files if name.startswith("consent-receipts/")]
    of_use = json.loads(files[linked])
    assert of_use["@type"] == "dpv:ConsentReceipt"
    proven = documents[f"receipts/{of_use['dct:identifier']}.json"]
    assert of_use["cameo:statement"] == proven["statement"]
    kinds = [each["event"]["event"] for each in documents["log.json"] if each["event"]]
    assert {"cameo.enrolled", "grant.offered", "grant.ended", "use.reported"} <= set(kinds)
    assert not [name for name in files if "biometrics" in name]
    assert b"0.123456" not in b"".join(files.values())


def test_the_webhooks_of_a_person_are_in_it_without_their_secrets(
    service: RunningService, platform: httpx2.Client
) -> None:
    made, pinged = {}, {}
    for person in ("user:ann", "user:ben"):
        body = {"principal": person, "url": "https://studio.example/", "events": ["use.recalled"]}
        made[person] = platform.post("/v1/webhooks", json=body).json()
        tried = platform.post(f"/v1/webhooks/{made[person]['id']}/test")
        assert tried.status_code == 202
        pinged[person] = tried.json()["id"]
    sequence(service)
    files = files_in(exported(platform, "user:ann"))
    ann, ben = made["user:ann"], made["user:ben"]
    [webhook] = json.loads(files["webhooks.json"])
    assert webhook == {name: value for name, value in ann.items() if name != "secret"}
    [delivery] = json.loads(files[f"webhooks/{ann['id']}.json"])
    assert (delivery["id"], delivery["status"]) == (pinged["user:ann"], "pending")
    whole = b"\n".join(files.values()).decode()
    assert not [each for each in (ann["secret"], ben["id"], pinged["user:ben"]) if each in whole]


def test_nothing_private_of_another_person_is_in_it(
    platform: httpx2.Client, world: dict[str, str]
) -> None:
    for one, other in (("ann", "ben"), ("ben", "ann")):
        whole = b"\n".join(files_in(exported(platform, f"user:{one}")).values()).decode()
        secrets = [world[other], world[f"{other}-grant"], world[f"{other}-other"]]
        secrets += [f"words-of-{other}", f"friend-of-{other}", f"foe-of-{other}"]
        secrets += ["user:carl" if one == "ann" else "user:dora"]
        for secret in secrets:
            assert secret not in whole, secret
        if one == "ann":
            # that Ben blocks her is his alone, and so is that he is in the use
            assert "user:ben" not in whole
    log = json.loads(files_in(exported(platform, "user:ann"))["log.json"])
    withheld = [each for each in log if each["withheld"]]
    assert withheld
    assert all(each["opening"] is None and each["event"] is None for each in withheld)
    # an entry says in the open of what kind it is: that somebody blocks her is not in it either
    kinds = [json.loads(base64.b64decode(each["proof"]["entry"]))["kind"] for each in log]
    events = [each["event"]["event"] for each in log if each["event"]]
    own = [event for event in events if event in ("policy.set", "block.set", "block.lifted")]
    assert own.count("block.set") == 1
    assert kinds.count("rules.changed") == len(own)


def test_only_who_acts_for_the_person_gets_it(service: RunningService, refused: Refusal) -> None:
    service.enroll("user:ann")
    sequence(service)
    key = service.key(Scope.EXPORTS_READ, principal="org:small", acts_for=("user:ann",))
    with service.client(key) as small:
        files = files_in(exported(small, "user:ann"))
        assert json.loads(files["manifest.json"])["subject"] == "user:ann"
        refused(small.get(EXPORT, params={"principal": "user:ben"}), 403, "not_acting_for")
        more: dict[str, str | bool] = {"principal": "user:ann", "include_biometrics": True}
        refused(small.get(EXPORT, params=more), 403, "missing_scope")
        refused(small.get(EXPORT), 422, "invalid_request")


def test_templates_are_in_it_on_request(service: RunningService, platform: httpx2.Client) -> None:
    body = {"principal": "user:ann"}
    id = platform.post("/v1/enrollments", json=body).json()["id"]
    samples = (
        Sample(modality="face", media_type="image/png", content=b"a still"),
        Sample(modality="voice", media_type="audio/wav", content=b"speech"),
    )
    service.conclude(id, replace(verification(Verdict.VERIFIED), samples=samples))
    cameo = str(platform.get(f"/v1/enrollments/{id}").json()["cameo_id"])
    sequence(service)
    archive = exported(platform, "user:ann", include_biometrics=True)
    files = files_in(archive)
    templates = json.loads(files[f"cameos/{cameo}/biometrics/templates.json"])
    with service.context.store.read() as tx:
        kept = tx.templates.of_cameo(cameo)
    # whatever the machine knows of media types
    assert files[f"cameos/{cameo}/biometrics/face-0.png"] == b"a still"
    assert files[f"cameos/{cameo}/biometrics/voice-1.wav"] == b"speech"
    assert [each["vector"] for each in templates] == [list(each.vector) for each in kept]
    assert json.loads(files["manifest.json"])["biometrics"] is True
    assert verify_archive(io.BytesIO(archive), trusted(service)).files == len(files) - 2


ALONE = """
import sys
allowed = {*sys.stdlib_module_names, "cryptography", "_cffi_backend", "cameo_service", "storage"}
class Only:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in allowed:
            raise ImportError(f"{name} is not for offline verification")
sys.meta_path.insert(0, Only())
sys.path.insert(0, sys.argv[1])
"""


@pytest.mark.usefixtures("world")
def test_the_readme_tells_how_to_verify_it_with_cryptography_alone(
    platform: httpx2.Client, tmp_path: Path
) -> None:
    document = platform.get("/.well-known/cameo-root").json()
    (tmp_path / "root.json").write_text(json.dumps(document))
    (tmp_path / "cameo-export.zip").write_bytes(exported(platform, "user:ann"))
    readme = files_in((tmp_path / "cameo-export.zip").read_bytes())["README.txt"].decode()
    docs = (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
    lines = textwrap.dedent(readme[readme.index("  import json") :])
    assert lines in docs
    for root in (document["root"]["kid"], "a" * 43):
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-c", ALONE + lines.replace("THUMBPRINT", root), str(ROOT)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if root == document["root"]["kid"]:
            assert done.returncode == 0, done.stderr
            assert "subject='user:ann'" in done.stdout
            assert "by_own_keys=False" in done.stdout
        else:
            assert done.returncode != 0
            assert "NotProven" in done.stderr


def test_an_erased_cameo_is_in_it_with_its_erasure(
    service: RunningService, platform: httpx2.Client, world: dict[str, str]
) -> None:
    erased = platform.post(f"/v1/cameos/{world['ann']}/erase")
    assert erased.status_code == 200, erased.text
    finish(service.context, erased.json()["id"])
    sequence(service)
    assert audit(service.context).erased > 0  # and nothing else is missing
    archive = exported(platform, "user:ann", include_biometrics=True)
    assert verify_archive(io.BytesIO(archive), trusted(service)).receipts == 1
    files = files_in(archive)
    erasure = json.loads(files[f"cameos/{world['ann']}/erasure.json"])
    assert erasure["id"] == erased.json()["id"]
    found = verify_archive(io.BytesIO(archive), trusted(service))
    # the grants that are left, and the certificate
    grants = json.loads(files[f"cameos/{world['ann']}/grants.json"])
    assert found.statements == len(grants) + 1
    assert erasure["certificate"] is not None
    assert json.loads(files[f"cameos/{world['ann']}/biometrics/templates.json"]) == []


def test_before_the_checkpoint_and_above_the_limit_it_says_so(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    service.enroll("user:ann")
    answer = platform.get(EXPORT, params={"principal": "user:ann"})
    refused(answer, 503, "not_yet_logged")
    assert answer.headers["retry-after"] == "1"
    sequence(service)
    assert exported(platform, "org:platform")
    small = service.context.settings.model_copy(update={"export_limit_mb": 0})
    caller = Caller(key_id="ck_1", principal="user:ann", scopes=frozenset(), acts_for=())
    wanted = Wanted(principal="user:ann", include_biometrics=False)
    with pytest.raises(ExportTooLarge, match="more than 0 bytes") as too_large:
        make(replace(service.context, settings=small), caller, wanted)
    assert status_of(too_large.value) == 413


def unfolded(archive: bytes) -> Files | None:
    try:
        return files_in(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return None


def one_bit(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_an_altered_archive_names_the_file(
    service: RunningService, platform: httpx2.Client, world: dict[str, str]
) -> None:
    files, trust = files_in(exported(platform, "user:ann")), trusted(service)
    receipt = next(name for name in files if name.startswith("receipts/"))
    assert verify_archive(packed(files), trust).receipts == 1
    for path in files:
        with pytest.raises(ArchiveNotProven) as refused:
            verify_archive(packed({**files, path: one_bit(files[path])}), trust)
        assert refused.value.path == path
    for path in ("log.json", receipt, "manifest.jws", "README.txt"):
        with pytest.raises(ArchiveNotProven) as refused:
            verify_archive(packed({k: v for k, v in files.items() if k != path}), trust)
        assert (refused.value.path, refused.value.code) == (path, "file_missing")
    with pytest.raises(ArchiveNotProven) as refused:
        verify_archive(packed({**files, "more.json": b"{}"}), trust)
    assert (refused.value.path, refused.value.code) == ("more.json", "file_added")
    other = files_in(exported(platform, "user:ben"))
    swapped = {**files, "manifest.jws": other["manifest.jws"]}
    with pytest.raises(ArchiveNotProven) as refused:
        verify_archive(packed(swapped), trust)
    assert refused.value.path == "manifest.json"
    whole = exported(platform, "user:ann")
    # one bit of what is compressed: it cannot be unfolded any more, or unfolds to something else
    name = zipfile.ZipFile(io.BytesIO(whole)).getinfo("log.json")
    first, altered = name.header_offset + 100, 0
    for at in range(first, first + name.compress_size - 100, 97):
        flipped = whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :]
        if unfolded(flipped) == files:
            continue  # by chance the same words stand elsewhere, too: nothing was altered
        altered += 1
        with pytest.raises(ArchiveNotProven):
            verify_archive(io.BytesIO(flipped), trust)
    assert altered > 10
    for broken in (b"", b"PK", whole[: len(whole) // 2]):
        with pytest.raises(ArchiveNotProven):
            verify_archive(io.BytesIO(broken), trust)
    assert world["ann"]


def test_an_archive_that_somebody_else_signed_is_refused_whatever_is_in_it() -> None:
    key = new_private_key(Algorithm.EDDSA)
    kid = thumbprint(key.public_key())
    jwks = json.dumps({"keys": [{**jwk_of(key.public_key()), "kid": kid}]}).encode()
    whole = {"subject": "user:eve", "issuer": "x", "created_at": "now", "files": []}
    named = {"path": "keys/jwks.json", "bytes": len(jwks), "sha256": sha256(jwks).hexdigest()}
    for manifest in (
        {},
        {"subject": "user:eve"},
        {**whole, "files": 7},
        {**whole, "files": ["log.json"]},
        {**whole, "files": [{"path": "keys/jwks.json"}]},
        {**whole, "files": [{**named, "bytes": "many"}]},
        {**whole, "files": [named]},
    ):
        content = json.dumps(manifest).encode()
        claims = {"sub": "user:eve", "manifest_sha256": sha256(content).hexdigest()}
        header = {"alg": "EdDSA", "kid": kid, "typ": "cameo-export+jwt"}
        signature = compact(header, claims, sign=lambda said: sign(key, said)).encode()
        files = {"keys/jwks.json": jwks, "manifest.json": content, "manifest.jws": signature}
        with pytest.raises(ArchiveNotProven):
            verify_archive(packed(files))


def test_the_command_verifies_an_archive(
    service: RunningService,
    platform: httpx2.Client,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service.enroll("user:ann")
    sequence(service)
    archive, root = tmp_path / "export.zip", tmp_path / "root.json"
    archive.write_bytes(exported(platform, "user:ann"))
    document = platform.get("/.well-known/cameo-root").json()
    root.write_text(json.dumps(document))
    verify = ["export", "verify", str(archive)]
    assert main([*verify, "--keys", str(root), "--root", document["root"]["kid"]]) == 0
    assert "for user:ann" in capsys.readouterr().out
    assert main([*verify, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_own_keys"] is True
    archive.write_bytes(packed({**files_in(archive.read_bytes()), "log.json": b"[]"}).getvalue())
    assert main(verify) == 1
    assert "`log.json`" in capsys.readouterr().err
    assert main([*verify, "--keys", str(root)]) == 2
    assert "root_missing" in capsys.readouterr().err
