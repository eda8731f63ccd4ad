"""Archives for tests: asked for over HTTP, opened, and packed anew."""

import io
import zipfile
from typing import Any

import httpx2

EXPORT = "/v1/me/export"
Files = dict[str, bytes]


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
