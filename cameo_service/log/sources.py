"""Where the published log is read: in the blobs of this deployment, or at its address.

source = WebSource("https://cameo.example")
source.checkpoint(), source.tile(Tile(level=0, index=0))
"""

from collections.abc import Mapping
from typing import Any, Protocol

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cameo_service.context import Context
from cameo_service.log.held import held_head
from cameo_service.log.published import PREFIX, fetch_checkpoint, fetch_tile
from cameo_service.log.standing import CheckpointForged, NotPublished, TileAltered
from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import certified_keys
from cameo_service.offline.log import keys_in, log_keys
from storage.contracts import Blobs
from storage.errors import NotFound, StoreUnavailable
from storage.log.tiles import MalformedTile, Tile

TIMEOUT_S = 30
MISSING = 404


class Source(Protocol):
    """A published log."""

    def checkpoint(self) -> str:
        """The note. Raises `CheckpointForged` where it is gone, `NotPublished` where none was."""

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile or a bundle. Raises `TileAltered` where there are none."""


class BlobSource:
    """The log in a deployment's own blobs; whether its head was ever signed, `has_begun` says."""

    def __init__(self, blobs: Blobs, *, has_begun: bool = True) -> None:
        self._blobs = blobs
        self._has_begun = has_begun

    def checkpoint(self) -> str:
        """The note."""
        note = fetch_checkpoint(self._blobs)
        if note is not None:
            return note
        if self._has_begun or self._blobs.list(PREFIX):
            raise CheckpointForged("the log's checkpoint is missing")
        raise NotPublished("the log was never published: a service that runs does it")

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile or a bundle."""
        try:
            return fetch_tile(self._blobs, tile)
        except (NotFound, MalformedTile) as error:
            raise TileAltered(f"`{tile.path}` is missing or damaged") from error


def keys_certified(document: Mapping[str, Any], root: str) -> list[Ed25519PublicKey]:
    """Of what `/.well-known/cameo-root` says, the log's keys. Raises `CheckpointForged`."""
    try:
        return log_keys(certified_keys(document, root=root))
    except NotProven as error:
        raise CheckpointForged(f"the log's keys are not the root's: {error}") from error


def source_of(context: Context) -> BlobSource:
    """The log of this deployment."""
    with context.store.read() as tx:
        return BlobSource(context.blobs, has_begun=held_head(tx) is not None)


class NotedSource:
    """A log as it was at a note that somebody kept."""

    def __init__(self, source: Source, note: str) -> None:
        self._note = note
        self.tile = source.tile

    def checkpoint(self) -> str:
        """The note."""
        return self._note


class WebSource:
    """The log at a service's address, below `/log`."""

    def __init__(self, url: str, *, transport: httpx2.BaseTransport | None = None) -> None:
        self._client = httpx2.Client(
            base_url=url.rstrip("/"), timeout=TIMEOUT_S, transport=transport
        )

    def checkpoint(self) -> str:
        """The note."""
        found = self._get("/log/checkpoint")
        if found is None:
            raise NotPublished(f"`{self._address()}` publishes no log")
        return found.decode("utf-8", errors="replace")

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile or a bundle."""
        found = self._get(f"/log/{tile.path}")
        if found is None:
            raise TileAltered(f"`{tile.path}` is missing")
        return found

    def keys(self) -> list[Ed25519PublicKey]:
        """The keys that the service itself names: as good as the connection to it."""
        try:
            response = self._client.get("/.well-known/jwks.json")
            response.raise_for_status()
            return keys_in(response.json())
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unavailable("the keys", type(error).__name__) from error

    def certified_keys(self, root: str) -> list[Ed25519PublicKey]:
        """The keys that the root key with this thumbprint certified for the log.

        Raises `CheckpointForged` where it is another root key, or has not certified what is shown.
        """
        try:
            response = self._client.get("/.well-known/cameo-root")
            response.raise_for_status()
            return keys_certified(response.json(), root)
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unavailable("the keys", type(error).__name__) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str) -> bytes | None:
        try:
            response = self._client.get(path)
        except httpx2.HTTPError as error:
            raise self._unavailable("the log", type(error).__name__) from error
        if response.status_code == MISSING:
            return None
        if response.status_code != 200:
            raise self._unavailable("the log", f"it answers {response.status_code}")
        return response.content

    def _unavailable(self, what: str, why: str) -> StoreUnavailable:
        return StoreUnavailable(f"{what} cannot be read at `{self._address()}`: {why}")

    def _address(self) -> str:
        """Host and port; what else the address holds may be secret."""
        at = self._client.base_url
        return f"{at.host}:{at.port or (443 if at.scheme == 'https' else 80)}"
