"""What needs no key: the public keys, and whether the service is alive.

>>> jwks().authenticated
False
"""

from dataclasses import dataclass
from typing import Any

from cameo_service.client.calls.call import Call
from cameo_service.client.documents import Document, read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    keys: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Root:
    root: dict[str, Any]
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Health:
    status: str


def jwks() -> Call[Document]:
    """The public keys that verify every credential, grant, permit and status list."""
    return Call(
        method="GET",
        path="/.well-known/jwks.json",
        read=_jwks,
        repeatable=True,
        authenticated=False,
    )


def root_key() -> Call[Document]:
    """The root key, and its certificates of the keys above: for whoever pins the root."""
    return Call(
        method="GET",
        path="/.well-known/cameo-root",
        read=_root,
        repeatable=True,
        authenticated=False,
    )


def health() -> Call[str]:
    """`ok` while the process is alive."""
    return Call(
        method="GET",
        path="/healthz",
        read=lambda document: read(_Health, document).status,
        repeatable=True,
        authenticated=False,
    )


def _jwks(document: Document) -> Document:
    read(_Keys, document)
    return document


def _root(document: Document) -> Document:
    read(_Root, document)
    return document
