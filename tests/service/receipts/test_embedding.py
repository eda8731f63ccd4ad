"""Receipts in real files: written with C2PA, read back, and refused where the file was changed."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cameo_service.cli.__main__ import main
from cameo_service.offline.receipts import verify_asset, verify_receipt
from cameo_service.receipts.carriers import without_manifest
from cameo_service.receipts.embedding import CannotCarry, embed, read
from tests.service.making import draft, question
from tests.service.receipts import files
from tests.service.receipts.keeping import receipts, trusted
from tests.service.receipts.signers import SignerFiles, new_signer
from tests.service.running import RunningService

ROOT = Path(__file__).parents[3]
FORMATS = ("jpg", "png", "mp4")


@pytest.fixture(scope="module")
def signer() -> SignerFiles:
    return new_signer()


@pytest.fixture
def made(
    service: RunningService, platform: httpx2.Client, tmp_path: Path
) -> tuple[dict[str, Any], dict[str, Path]]:
    """A use of three files, and its holder's receipt."""
    assets, paths = [], {}
    for suffix in FORMATS:
        paths[suffix] = tmp_path / f"made.{suffix}"
        media_type = files.write(paths[suffix])
        digest = hashlib.sha256(paths[suffix].read_bytes()).hexdigest()
        assets.append({"sha256": digest, "media_type": media_type})
    cameo = service.enroll("user:ann")
    use = draft(platform, question(cameo, "user:ann"), assets=assets)
    return receipts(service, platform, use)[0], paths


def test_a_receipt_is_written_into_real_files_and_read_back(
    service: RunningService,
    made: tuple[dict[str, Any], dict[str, Path]],
    signer: SignerFiles,
    tmp_path: Path,
) -> None:
    receipt, paths = made
    trust = trusted(service)
    for suffix, source in paths.items():
        before, target = source.read_bytes(), tmp_path / f"signed.{suffix}"
        embed(source, target, receipt=receipt, certificate=signer.chain, key=signer.key)
        assert source.read_bytes() == before
        found = read(target, trusted=signer.authority)
        assert (found.is_intact, found.is_trusted, found.failures) == (True, True, ())
        assert found.signed_by == "Test studio"
        assert found.receipt == receipt
        assert found.asset_sha256 == hashlib.sha256(before).hexdigest()
        assert found.asset_is == ("unseen" if suffix == "mp4" else "found")
        verified = verify_receipt(found.receipt, trust)
        assert verify_asset(verified.claims, found.asset_sha256)
        stranger = read(target)
        assert (stranger.is_intact, stranger.is_trusted) == (True, False)


def test_a_file_that_was_changed_afterwards_is_not_intact(
    made: tuple[dict[str, Any], dict[str, Path]], signer: SignerFiles, tmp_path: Path
) -> None:
    receipt, paths = made
    for suffix, source in paths.items():
        target = tmp_path / f"signed.{suffix}"
        embed(source, target, receipt=receipt, certificate=signer.chain, key=signer.key)
        content = bytearray(target.read_bytes())
        at = content.rfind(b"mdat") + 20 if suffix == "mp4" else len(content) - 40
        content[at] ^= 1
        target.write_bytes(content)
        found = read(target, trusted=signer.authority)
        assert not found.is_intact
        assert found.failures
        assert found.asset_is in ("unseen", "differs")


def test_a_receipt_that_was_changed_in_the_file_is_not_intact(
    made: tuple[dict[str, Any], dict[str, Path]], signer: SignerFiles, tmp_path: Path
) -> None:
    receipt, paths = made
    target = tmp_path / "signed.png"
    embed(paths["png"], target, receipt=receipt, certificate=signer.chain, key=signer.key)
    content = target.read_bytes().replace(receipt["id"].encode(), b"rcp_" + b"0" * 24)
    target.write_bytes(content)
    found = read(target, trusted=signer.authority)
    assert not found.is_intact


def test_what_cannot_be_written_is_said_clearly(
    service: RunningService,
    platform: httpx2.Client,
    made: tuple[dict[str, Any], dict[str, Path]],
    signer: SignerFiles,
    tmp_path: Path,
) -> None:
    receipt, paths = made
    text = tmp_path / "a.txt"
    text.write_text("words")
    digest = hashlib.sha256(text.read_bytes()).hexdigest()
    assets = [
        {"sha256": digest, "media_type": "text/plain"},
    ]
    cameo = service.enroll("user:ben")
    of_text = receipts(
        service, platform, draft(platform, question(cameo, "user:ben"), assets=assets)
    )[0]
    target, other = tmp_path / "out.png", new_signer()
    whole = {"certificate": signer.chain, "key": signer.key}
    for code, source, given, credential in (
        ("asset_format_unsupported", text, of_text, whole),
        ("asset_not_in_receipt", text, receipt, whole),
        ("signing_credential_invalid", paths["png"], receipt, {**whole, "key": other.key}),
        ("signing_credential_invalid", paths["png"], receipt, {**whole, "key": b"x"}),
        ("signing_credential_invalid", paths["png"], receipt, {**whole, "certificate": b"x"}),
        ("receipt_unreadable", paths["png"], {"statement": "a.b"}, whole),
        ("receipt_unreadable", paths["png"], {}, whole),
    ):
        with pytest.raises(CannotCarry) as refused:
            embed(source, target, receipt=given, **credential)
        assert refused.value.code == code
        assert not target.exists()
    with pytest.raises(CannotCarry, match="exists already") as refused:
        embed(paths["png"], text, receipt=receipt, **whole)
    assert refused.value.code == "output_exists"
    for path, code in ((paths["png"], "no_consent_receipt"), (text, "asset_format_unsupported")):
        with pytest.raises(CannotCarry) as refused:
            read(path)
        assert refused.value.code in (code, "asset_unreadable")
    assert sorted(tmp_path.glob(".*")) == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_the_certificate_of_the_docs_signs_and_one_by_its_own_key_is_told_what_is_wanted(
    made: tuple[dict[str, Any], dict[str, Path]], tmp_path: Path
) -> None:
    receipt, paths = made
    text = (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
    (script,) = [
        each for each in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "openssl" in each
    ]
    alone = "openssl req -x509 -new -key key.pem -subj /CN=alone -days 9 -out alone.pem"
    for each in (script, alone):
        subprocess.run(  # noqa: S603 (the lines of our own docs)
            ["/bin/sh", "-ec", each], cwd=tmp_path, check=True, capture_output=True, timeout=120
        )
    key, target = (tmp_path / "key.pem").read_bytes(), tmp_path / "signed.png"
    with pytest.raises(CannotCarry, match="`emailProtection`") as refused:
        embed(
            paths["png"],
            target,
            receipt=receipt,
            certificate=(tmp_path / "alone.pem").read_bytes(),
            key=key,
        )
    assert refused.value.code == "signing_credential_invalid"
    assert "self-signed" in str(refused.value)
    chain = (tmp_path / "chain.pem").read_bytes()
    embed(paths["png"], target, receipt=receipt, certificate=chain, key=key)
    found = read(target, trusted=(tmp_path / "ca.pem").read_bytes())
    assert (found.is_intact, found.is_trusted, found.signed_by) == (True, True, "Example studio")


def test_the_command_writes_reads_and_verifies(
    platform: httpx2.Client,
    made: tuple[dict[str, Any], dict[str, Path]],
    signer: SignerFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    receipt, paths = made
    document = platform.get("/.well-known/cameo-root").json()
    named = {"receipt.json": receipt, "root.json": document}
    for name, content in named.items():
        (tmp_path / name).write_text(json.dumps(content))
    for name, pem in (("chain.pem", signer.chain), ("key.pem", signer.key)):
        (tmp_path / name).write_bytes(pem)
    (tmp_path / "anchors.pem").write_bytes(signer.authority)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    at, trust = str(tmp_path), ("--keys", f"{tmp_path}/root.json", "--root")
    pin = document["root"]["kid"]
    verify = ("receipt", "verify", f"{at}/receipt.json", *trust, pin)
    status, out, _ = run(*verify, "--asset", str(paths["jpg"]))
    assert status == 0
    assert f"Receipt {receipt['id']} holds" in out
    assert "It names the file" in out
    status, _, err = run(*verify, "--asset", f"{at}/key.pem")
    assert (status, "asset_not_in_receipt" in err) == (1, True)
    status, _, err = run("receipt", "verify", f"{at}/receipt.json", *trust, "x" * 43)
    assert (status, "root_differs" in err) == (1, True)
    status, _, err = run("receipt", "verify", f"{at}/receipt.json")
    assert (status, "keys_missing" in err) == (2, True)
    signed = f"{at}/signed.jpg"
    credential = ("--certificate", f"{at}/chain.pem", "--key", f"{at}/key.pem")
    given = ("--receipt", f"{at}/receipt.json", *credential, "--output", signed)
    assert run("receipt", "embed", str(paths["jpg"]), *given)[0] == 0
    status, out, _ = run("receipt", "read", signed, *trust, pin, "--trust", f"{at}/anchors.pem")
    assert (status, f"Receipt {receipt['id']} holds" in out) == (0, True)
    assert "bit for bit" in out
    status, out, _ = run("receipt", "read", signed, "--json")
    assert (status, json.loads(out)["verified"]) == (0, None)
    status, _, err = run("receipt", "read", str(paths["jpg"]))
    assert (status, "no_consent_receipt" in err) == (1, True)
    content = bytearray(Path(signed).read_bytes())
    content[-40] ^= 1
    Path(signed).write_bytes(content)
    status, _, err = run("receipt", "read", signed)
    assert (status, "asset_altered" in err) == (1, True)


def test_a_picture_that_breaks_off_is_given_no_former_bytes(
    made: tuple[dict[str, Any], dict[str, Path]],
) -> None:
    _, paths = made
    for suffix in ("jpg", "png"):
        content = paths[suffix].read_bytes()
        assert without_manifest(content) == content
        assert without_manifest(content[:30]) is None


def test_a_file_system_without_links_will_do(
    made: tuple[dict[str, Any], dict[str, Path]],
    signer: SignerFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refuse)
    receipt, paths = made
    target = tmp_path / "signed.png"
    embed(paths["png"], target, receipt=receipt, certificate=signer.chain, key=signer.key)
    assert read(target).receipt == receipt
    with pytest.raises(CannotCarry, match="exists already"):
        embed(paths["png"], target, receipt=receipt, certificate=signer.chain, key=signer.key)
