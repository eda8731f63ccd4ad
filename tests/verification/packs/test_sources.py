"""Members of archives, HTTPS with interruptions, and pip without a network."""

import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from tests.verification.packs.conftest import write_tar, write_zip
from verification.sources import https_files, pip_archives
from verification.sources.contracts import SourceError, silent
from verification.sources.members import take_member


@pytest.mark.parametrize("write", [write_zip, write_tar])
@pytest.mark.parametrize("name", ["top/a.bin", "../../a.bin", "/abs/a.bin"])
def test_a_member_goes_where_the_caller_says(tmp_path: Path, write: object, name: str) -> None:
    archive = tmp_path / "archive"
    write(archive, {name: b"abc", "other": b"x"})  # type: ignore[operator] # one of the two
    take_member(archive, name, into=tmp_path / "taken", size=3)
    assert (tmp_path / "taken").read_bytes() == b"abc"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "taken"]


@pytest.mark.parametrize("size", [2, 4])
def test_a_member_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    write_zip(tmp_path / "archive", {"a": b"abc"})
    with pytest.raises(SourceError, match="bytes long"):
        take_member(tmp_path / "archive", "a", into=tmp_path / "taken", size=size)


def test_a_bomb_is_cut_off(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(50_000_000))
    with pytest.raises(SourceError):
        take_member(tmp_path / "bomb", "a", into=tmp_path / "taken", size=1_000)
    assert (tmp_path / "taken").stat().st_size <= 1_000


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    write_tar(tmp_path / "whole", {"a": bytes(range(256)) * 400})
    content = (tmp_path / "whole").read_bytes()
    for broken in (b"", b"junk" * 100, content[:-20], content[: len(content) // 2]):
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(SourceError):
            take_member(tmp_path / "broken", "b", into=tmp_path / "taken", size=3)


class Server(http.server.BaseHTTPRequestHandler):
    """Gives `content`, but only `most` bytes of it a request; knows ranges if it `resumes`."""

    content: ClassVar[bytes] = bytes(range(256)) * 4_000
    most: ClassVar[int] = 10**9
    resumes: ClassVar[bool] = True
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        if self.path != "/model":
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.resumes else 0
        body = self.content[start:]
        self.send_response(206 if start else 200)
        if start:
            whole = len(self.content)
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.most])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Server, "asked", [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def get(url: str, into: Path, size: int = len(Server.content)) -> None:
    https_files.download(url, into=into, size=size, step="model", progress=silent)


@pytest.mark.parametrize("resumes", [True, False])
def test_an_interrupted_download_goes_on_or_begins_again(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, resumes: bool
) -> None:
    monkeypatch.setattr(Server, "resumes", resumes)
    monkeypatch.setattr(Server, "most", 300_000)
    with pytest.raises(SourceError, match="cannot fetch"):
        get(f"{server}/model", tmp_path / "model")
    kept = (tmp_path / "model.part").stat().st_size
    assert 0 < kept <= 300_000
    assert not (tmp_path / "model").exists()
    monkeypatch.setattr(Server, "most", 10**9)
    get(f"{server}/model", tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == Server.content
    assert Server.asked == [None, f"bytes={kept}-"]


def test_more_than_was_pinned_is_refused(server: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="more than 1000 bytes"):
        get(f"{server}/model", tmp_path / "model", size=1_000)


def test_less_than_was_pinned_is_refused(server: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ended after"):
        get(f"{server}/model", tmp_path / "model", size=2_000_000)


def test_an_answer_that_is_none_is_a_clear_error(server: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="404"):
        get(f"{server}/absent", tmp_path / "model")
    with pytest.raises(SourceError, match="cannot fetch"):
        get("http://127.0.0.1:1/model", tmp_path / "model")


@pytest.fixture
def local_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of archives that is all pip may look at."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def source_distribution(folder: Path, spoiled: Path, **more: bytes) -> str:
    """A package whose `setup.py` must never run, and `more` modules; returns its hash."""
    path = folder / "small_models-1.0.tar.gz"
    write_tar(
        path,
        {
            **{f"small_models-1.0/{name.replace('_', '.')}": body for name, body in more.items()},
            "small_models-1.0/PKG-INFO": b"Metadata-Version: 1.1\nName: small-models\nVersion: 1.0",
            "small_models-1.0/setup.py": f"open({str(spoiled)!r}, 'w')\n".encode(),
            "small_models-1.0/small_models/a.bin": b"abc",
        },
    )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_pip_fetches_a_source_distribution_and_runs_none_of_it(
    local_index: Path, tmp_path: Path
) -> None:
    sha256 = source_distribution(local_index, tmp_path / "spoiled")
    into = tmp_path / "archive"
    origin = "pypi:small-models==1.0"
    pip_archives.download(origin, sha256=sha256, size=300, into=into, step="", progress=silent)
    take_member(into, "small_models/a.bin", into=tmp_path / "taken", size=3)
    assert (tmp_path / "taken").read_bytes() == b"abc"
    assert not (tmp_path / "spoiled").exists()
    assert [path.name for path in tmp_path.glob("pip-*")] == []


@pytest.mark.parametrize(
    "key",
    [b"backend-path", b'"backend-path"', b'"backend\\u002dpath"'],
    ids=["bare", "quoted", "escaped"],
)
def test_a_build_backend_inside_the_archive_never_runs(
    key: bytes, local_index: Path, tmp_path: Path
) -> None:
    sha256 = source_distribution(
        local_index,
        tmp_path / "spoiled",
        own_py=f"open({str(tmp_path / 'spoiled')!r}, 'w')\n".encode(),
        pyproject_toml=b'[build-system]\nrequires = []\nbuild-backend = "own"\n'
        + key
        + b' = ["."]\n',
    )
    with pytest.raises(SourceError, match="pip cannot fetch"):
        pip_archives.download(
            "pypi:small-models==1.0",
            sha256=sha256,
            size=300,
            into=tmp_path / "archive",
            step="",
            progress=silent,
        )
    assert not (tmp_path / "spoiled").exists()
    assert not (tmp_path / "archive").exists()


def test_a_pip_in_the_working_directory_is_not_run(
    local_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = source_distribution(local_index, tmp_path / "spoiled")
    here = tmp_path / "here"
    here.mkdir()
    (here / "pip.py").write_text(f"open({str(tmp_path / 'spoiled')!r}, 'w')\n")
    monkeypatch.chdir(here)
    origin, into = "pypi:small-models==1.0", tmp_path / "archive"
    pip_archives.download(origin, sha256=sha256, size=300, into=into, step="", progress=silent)
    assert into.exists()
    assert not (tmp_path / "spoiled").exists()


def test_a_relative_path_is_relative_to_us_and_not_to_where_pip_works(
    local_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = source_distribution(local_index, tmp_path / "spoiled")
    monkeypatch.chdir(tmp_path)
    origin, into = "pypi:small-models==1.0", Path("archive")
    pip_archives.download(origin, sha256=sha256, size=300, into=into, step="", progress=silent)
    assert (tmp_path / "archive").exists()


def test_an_archive_of_another_hash_is_refused_by_pip(local_index: Path, tmp_path: Path) -> None:
    source_distribution(local_index, tmp_path / "spoiled")
    with pytest.raises(SourceError, match="pip cannot fetch `small-models=="):
        pip_archives.download(
            "pypi:small-models==1.0",
            sha256="0" * 64,
            size=300,
            into=tmp_path / "archive",
            step="",
            progress=silent,
        )
    assert not (tmp_path / "archive").exists()


@pytest.mark.usefixtures("local_index")
def test_without_the_package_index_the_error_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No matching distribution found for absent"):
        pip_archives.download(
            "pypi:absent==1.0",
            sha256="0" * 64,
            size=1,
            into=tmp_path / "archive",
            step="",
            progress=silent,
        )
