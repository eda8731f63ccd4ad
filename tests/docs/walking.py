"""Walk through a page: send every `http` block to a running service, compare every answer shown.

A block that begins with a method is sent; one that begins with a status is what the last request
was answered with; Python is run. Only what is shown is compared. `…` at the end of a text stands
for the rest, alone for anything. Names such as `gra_studio`, and words in capitals, stand for what
the service gave: the first answer that shows one binds it.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.plain import NO_AUTHORITIES

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(http|sh|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_NAME = re.compile(
    r"\b(?:cam|gra|per|use|acr|apr|man|era|whk|msg)_[a-z]+\b|\b[A-Z]{4,}(?:_[A-Z]+)*\b"
)
REST = "…"
PLATFORM = "PLATFORM_KEY"


@dataclass(frozen=True)
class Request:
    """What a block sends, with the page's own names in it."""

    method: str
    path: str
    body: str
    key: str


@dataclass(frozen=True)
class Program:
    """Python that a page shows."""

    text: str


@dataclass(frozen=True)
class Shown:
    """An answer as a page shows it."""

    status: int
    body: Any


def steps(page: Path) -> Iterator[Request | Shown | Program]:
    """Every request, answer and program of the page, in order."""
    for kind, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            yield Program(block)
        elif kind == "sh":
            yield from _curls(block)
        else:
            yield _exchange(block)


def _exchange(block: str) -> Request | Shown:
    head, _, body = block.partition("\n\n")
    first, *headers = head.strip().splitlines()
    if first.split()[0].isdigit():
        return Shown(int(first.split()[0]), json.loads(body) if body.strip() else None)
    method, path = first.split()
    fields = dict(line.split(": ", 1) for line in headers)
    key = fields.get("Authorization", f"Bearer ${PLATFORM}").removeprefix("Bearer $")
    return Request(method, path, body, key)


def _curls(shell: str) -> Iterator[Request]:
    """Every `curl` of shell text, as what it sends."""
    for command in re.split(r"^(?=curl )", shell, flags=re.MULTILINE):
        if command.startswith("curl "):
            yield _curl(shlex.split(command.replace("\\\n", " ")))


def _curl(words: list[str]) -> Request:
    url = next(word for word in words if word.startswith("http"))
    data = words[words.index("-d") + 1] if "-d" in words else ""
    sent = [words[place + 1] for place, word in enumerate(words) if word == "-H"]
    fields = dict(header.split(": ", 1) for header in sent)
    key = fields.get("Authorization", "Bearer $").removeprefix("Bearer $")
    return Request("POST" if data else "GET", "/" + url.split("/", 3)[3], data, key)


@dataclass
class Walk:
    """One walk: the service's address, the keys by name, and what names stand for so far."""

    url: str
    keys: Mapping[str, str]
    names: dict[str, str]
    last: tuple[Request, httpx2.Response] | None = None
    is_shown: bool = False

    def through(self, page: Path) -> int:
        """Send and compare everything; return how many answers were compared."""
        compared = 0
        for step in steps(page):
            if isinstance(step, Request):
                self._send(step)
            elif isinstance(step, Program):
                self._run(step)
            else:
                compared += 1
                self._compare(step)
        self._settled()
        return compared

    def _send(self, request: Request) -> None:
        self._settled()
        headers = {}
        if request.key:
            headers["Authorization"] = f"Bearer {self.keys[request.key]}"
        if request.body.strip():
            headers["Content-Type"] = "application/json"
        answer = httpx2.request(
            request.method,
            self.url + self._meant(request.path),
            content=self._meant(request.body).encode(),
            headers=headers,
            trust_env=False,
            timeout=60,
            verify=NO_AUTHORITIES,
        )
        self.last, self.is_shown = (request, answer), False

    def _run(self, program: Program) -> None:
        """Run it against this service; the issuer's name stays what it is."""
        text = program.text.replace(
            'CameoClient("http://127.0.0.1:8400"', f'CameoClient("{self.url}"'
        )
        for name, key in self.keys.items():
            text = text.replace(f'key="{name}"', f'key="{key}"')
        exec(compile(self._meant(text), "a page", "exec"), {})  # noqa: S102 (our own page)

    def _settled(self) -> None:
        """What a page does not show the answer of must have succeeded."""
        if self.last is not None and not self.is_shown:
            request, answer = self.last
            assert answer.is_success, f"{request}: {answer.status_code} {answer.text}"

    def _compare(self, shown: Shown) -> None:
        assert self.last is not None, "an answer before any request"
        request, answer = self.last
        self.is_shown = True
        where = f"{request.method} {request.path} {request.body}"
        assert answer.status_code == shown.status, f"{where}: {answer.text}"
        if shown.body is not None:
            problem = self._difference(shown.body, answer.json(), "")
            assert problem is None, f"{where}\n{problem}\n{json.dumps(answer.json(), indent=1)}"

    def _difference(self, shown: Any, found: Any, at: str) -> str | None:
        """Where the answer is not as shown, or None."""
        if isinstance(shown, dict) and isinstance(found, dict):
            missing = [name for name in shown if name not in found]
            parts = [(shown[name], found.get(name), f"{at}.{name}") for name in shown]
        elif isinstance(shown, list) and isinstance(found, list):
            missing = [] if len(shown) == len(found) else [f"{len(shown)} items"]
            parts = [
                (*pair, f"{at}[{i}]") for i, pair in enumerate(zip(shown, found, strict=False))
            ]
        else:
            return None if self._is(shown, found) else f"{at}: `{shown}` is `{found}`"
        if missing:
            return f"{at}: no {missing}"
        return next((p for p in (self._difference(*part) for part in parts) if p), None)

    def _is(self, shown: object, found: object) -> bool:
        if not isinstance(shown, str) or not isinstance(found, str):
            return shown == found
        if _NAME.fullmatch(shown) and shown not in self.names:
            self.names[shown] = found
        meant = self._meant(shown)
        return found.startswith(meant[:-1]) if meant.endswith(REST) else found == meant

    def _meant(self, text: str) -> str:
        return _NAME.sub(lambda name: self.names.get(name[0], name[0]), text)
