"""One request, and how to read its answer.

>>> call = get("/v1/cameos", "cam/1", read=dict)
>>> call.method, call.path, call.repeatable
('GET', '/v1/cameos/cam%2F1', True)
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from cameo_service.client.documents import Document, read
from cameo_service.client.results.pages import Page, page_of

Result = TypeVar("Result")
Item = TypeVar("Item")
PAGE_SIZE = 100
"""The most items that the service gives at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file to upload, opened anew for every attempt, and the `timeline` of its prompts."""

    path: Path
    mime: str
    timeline: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Result]):
    """One request, and how to read its answer.

    `repeatable` requests have the same effect sent twice. `token` replaces the client's key.
    `authenticated` is False where no key is sent at all. `timeout_s` replaces the client's.
    `files` are sent as a form with `fields`, `recording` as one of its own.
    `accept` is the media type of the answer; one that is not JSON is read as `{"text": …}`, a
    file as `{"content": …}`.
    """

    method: str
    path: str
    read: Callable[[Document], Result]
    repeatable: bool
    statuses: tuple[int, ...] = (200,)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    recording: Recording | None = None
    files: tuple[Recording, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: str = "application/json"
    token: str | None = None
    authenticated: bool = True
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Item]):
    """A list, which comes page by page."""

    path: str
    kind: type[Item]
    query: Mapping[str, str] = field(default_factory=dict)

    def page(self, after: str | None = None) -> Call[Page[Item]]:
        """The call for the first page, or for the one behind the cursor `after`."""
        cursor = {"after": after} if after is not None else {}
        return Call(
            method="GET",
            path=self.path,
            query={**self.query, "limit": str(PAGE_SIZE), **cursor},
            read=lambda document: page_of(self.kind, document),
            repeatable=True,
        )


def reads(kind: type[Result]) -> Callable[[Document], Result]:
    """The reader of a `kind`."""
    return lambda document: read(kind, document)


def get(*path: str, read: Callable[[Document], Result], token: str | None = None) -> Call[Result]:
    """A GET of `path`, of which all but the first part are ids or verbs."""
    return Call(method="GET", path=joined(*path), read=read, repeatable=True, token=token)


def post(
    *path: str,
    read: Callable[[Document], Result],
    body: Mapping[str, Any] | None = None,
    repeatable: bool,
    token: str | None = None,
) -> Call[Result]:
    """A POST that creates nothing; `repeatable` where sent twice it has the same effect."""
    return Call(
        method="POST", path=joined(*path), body=body, read=read, repeatable=repeatable, token=token
    )


def put(
    *path: str, read: Callable[[Document], Result], body: Mapping[str, Any] | None = None
) -> Call[Result]:
    """A PUT that replaces what is in force.

    Sent again after a while, it could undo what somebody else set in between.
    """
    return Call(method="PUT", path=joined(*path), body=body, read=read, repeatable=False)


def creation(
    *path: str,
    body: Mapping[str, Any],
    read: Callable[[Document], Result],
    idempotency_key: str | None,
    statuses: tuple[int, ...] = (201,),
) -> Call[Result]:
    """A POST that creates: one key for all its attempts, so that it creates once."""
    return Call(
        method="POST",
        path=joined(*path),
        body=body,
        read=read,
        statuses=statuses,
        repeatable=True,
        headers={"Idempotency-Key": idempotency_key or str(uuid.uuid4())},
    )


def joined(first: str, *rest: str) -> str:
    """The path of `first` and, each one segment, the `rest`. Raises `ValueError` for no id."""
    return "/".join([first, *(_segment(each) for each in rest)])


def said(**members: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON is what it is)
    """The members that are not None."""
    return {name: each for name, each in members.items() if each is not None}


def _segment(id: str) -> str:
    if id in {"", ".", ".."}:
        raise ValueError(f"`{id}` is not an id")
    return quote(id, safe="")
