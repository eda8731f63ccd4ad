"""Fetch a file over HTTPS, going on where an earlier attempt stopped.

download("https://…/model.zip", into=path, size=288_621_354, step="model.zip", progress=silent)
"""

from pathlib import Path
from typing import Any

from verification.sources.contracts import Progress, SourceError

CHUNK = 256 * 1024
CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0


def download(url: str, *, into: Path, size: int, step: str, progress: Progress) -> None:
    """Write what `url` gives to `into`, through `into` with `.part` behind it.

    A partial file is continued where the server allows it, else begun again. Never more than
    `size` bytes are taken. Raises `SourceError`; the partial file stays for the next attempt.
    """
    import httpx2

    part = into.with_name(into.name + ".part")
    have = part.stat().st_size if part.is_file() else 0
    if have > size:
        part.unlink()
        have = 0
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        if have < size:
            with httpx2.Client(follow_redirects=True, timeout=timeout) as client:
                _receive(client, url, part, have=have, size=size, step=step, progress=progress)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise SourceError(f"cannot fetch `{url}`: {error}") from error
    if part.stat().st_size != size:
        raise SourceError(f"`{url}` ended after `{part.stat().st_size}` of {size} bytes")
    part.replace(into)


def _receive(
    client: Any,  # noqa: ANN401 (an httpx2.Client, imported late)
    url: str,
    part: Path,
    *,
    have: int,
    size: int,
    step: str,
    progress: Progress,
) -> None:
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        if url.startswith("https://") and response.url.scheme != "https":
            raise SourceError(f"`{url}` redirects to a place without TLS")
        if not _continues(response, have):
            have = 0
        with part.open("ab" if have else "wb") as target:
            for chunk in response.iter_bytes(CHUNK):
                have += len(chunk)
                if have > size:
                    raise SourceError(f"`{url}` gives more than {size} bytes")
                target.write(chunk)
                progress(step, have, size)


def _continues(response: Any, have: int) -> bool:  # noqa: ANN401 (an httpx2.Response)
    said = response.headers.get("content-range", "")
    return bool(response.status_code == 206 and said.startswith(f"bytes {have}-"))
