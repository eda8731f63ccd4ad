"""Archives verified: with cryptography alone, by the command, and altered ones, file by file."""

import io
import json
import subprocess
import sys
import textwrap
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest

from cameo_service.cli.__main__ import main
from cameo_service.offline.archives import ArchiveNotProven, verify_archive
from storage.algorithms import Algorithm, jwk_of, new_private_key, sign, thumbprint
from storage.jws import compact
from tests.service.receipts.archives import Files, exported, files_in, packed
from tests.service.receipts.keeping import sequence, trusted
from tests.service.running import RunningService

ROOT = Path(__file__).parents[3]
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
