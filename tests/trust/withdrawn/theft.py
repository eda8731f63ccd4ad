"""A key that is stolen, and withdrawn: what the thief has, and what verifiers hear of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from cameo_service.client import TokenError
from cameo_service.context import Context
from cameo_service.offline.errors import NotProven
from cameo_service.offline.receipts import Trusted, certified, published
from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey
from tests.service.running import RunningService
from tests.trust.conftest import Command

HOUR = timedelta(hours=1)


def now_at(service: RunningService) -> datetime:
    """The time of the command line, from now on the service's too."""
    service.clock.now = datetime.now(UTC)
    return service.clock.now


def withdraw(
    service: RunningService, command: Command, purpose: Purpose, *, ago: timedelta | None = None
) -> SigningKey:
    """Withdraw the key of now on the command line, which is another process's ring, and let the
    service look at its keys as it does every few seconds. Returns what the thief has."""
    stolen = service.context.keys.signing_key(purpose)
    since = () if ago is None else ("--since", (datetime.now(UTC) - ago).isoformat())
    ran = command("keys", "withdraw", stolen.kid, "--reason", "compromised", *since)
    assert ran.status == 0, ran.err
    refresh(service.context)
    assert service.context.keys.signing_key(purpose).kid != stolen.kid
    return stolen


def withdraw_unheard(service: RunningService, command: Command, purpose: Purpose) -> None:
    """Withdraw the key of now; the service does not look at its keys by itself any more."""
    keys = service.context.keys
    stolen = keys.signing_key(purpose).kid
    assert command("keys", "withdraw", stolen, "--reason", "compromised").status == 0
    now_at(service)
    keys._held._look_at = float("inf")
    assert keys.signing_key(purpose).kid == stolen


def refresh(context: Context) -> None:
    context.keys._held._look_at = float("-inf")


class Thief:
    """The keys of whoever has one of the service's."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        assert not fresh
        assert purpose is self._key.purpose
        return self._key

    def public_keys(self) -> list[PublicKey]:
        return [self._key.public]

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        return []


def jwks(client: httpx2.Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/.well-known/jwks.json").json()
    return document


def trusts(client: httpx2.Client) -> list[Trusted]:
    """Of who pinned the root, and of who believes the published set."""
    root = client.get("/.well-known/cameo-root").json()
    return [certified(root, root=root["root"]["kid"]), published(jwks(client))]


def require_refused(ask: Any, code: str = "key_withdrawn") -> None:
    with pytest.raises((TokenError, NotProven)) as raised:
        ask()
    assert getattr(raised.value, "code", None) == code
