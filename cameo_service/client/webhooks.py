"""Verify what a webhook was sent, before anything of it is believed.

    event = verify_webhook(request.body, request.headers, secrets=[SECRET], now=datetime.now(UTC))
    if event.type == "erasure.requested":
        delete(event.data["disclosures"])

The signatures are those of the Standard Webhooks specification; any library of it does as well.

>>> from datetime import UTC
>>> SENT = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
>>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
>>> headers = {"webhook-id": "msg_1", "webhook-timestamp": "1614265330", "webhook-signature": ""}
>>> verify_webhook(b"{}", headers, secrets=[secret], now=SENT)
Traceback (most recent call last):
    ...
cameo_service.client.errors.WebhookError: wrong_signature: no signature is made with these secrets
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cameo_service.client.errors import WebhookError

TOLERANCE_S = 300
"""How far the sender's clock may be from the receiver's, and how late an event may be replayed."""
_PREFIX = "whsec_"
_LONGEST_MOMENT = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """An event that was verified. The same `id` may come again: act on it once."""

    id: str
    type: str
    timestamp: str
    data: Mapping[str, Any]


def verify_webhook(
    body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime
) -> WebhookEvent:
    """The event in a request, if one of `secrets` signed exactly this body lately.

    `body` is what was received, byte for byte; `now` is aware. Raises `WebhookError`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    id, moment, signatures = (
        _header(given, f"webhook-{name}") for name in ("id", "timestamp", "signature")
    )
    sent = _seconds(moment)
    if abs(now.timestamp() - sent) > TOLERANCE_S:
        code = "too_old" if sent < now.timestamp() else "from_the_future"
        raise WebhookError(code, f"it was sent more than {TOLERANCE_S} seconds from now")
    signed = f"{id}.{moment}.".encode() + body
    expected = [hmac.digest(_key(secret), signed, hashlib.sha256) for secret in secrets]
    if not _is_among(expected, signatures):
        raise WebhookError("wrong_signature", "no signature is made with these secrets")
    return _event(id, body)


def _header(headers: Mapping[str, str], name: str) -> str:
    if name not in headers:
        raise WebhookError("header_missing", f"there is no `{name}`")
    value = headers[name]
    if not value.isascii():
        raise WebhookError("malformed", f"`{name}` has characters that no header of ours has")
    return value


def _seconds(moment: str) -> int:
    if not moment.isascii() or not moment.isdigit() or len(moment) > _LONGEST_MOMENT:
        raise WebhookError("malformed", "`webhook-timestamp` is no number of seconds")
    return int(moment)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise WebhookError("secret_malformed", "a secret is no `whsec_` with base64 behind it")
    return key


def _is_among(expected: Sequence[bytes], signatures: str) -> bool:
    """Whether one of the signatures is expected. All are compared, each in constant time."""
    found = False
    for each in signatures.split(" "):
        version, _, text = each.partition(",")
        for one in expected:
            same = hmac.compare_digest(text.encode(), base64.b64encode(one))
            found = found or (same and version == "v1")
    return found


def _event(id: str, body: bytes) -> WebhookEvent:
    try:
        document = json.loads(body)
        type, timestamp, data = (document[name] for name in ("type", "timestamp", "data"))
    except (ValueError, KeyError, TypeError):
        raise WebhookError("malformed", "the body is no event") from None
    if not isinstance(type, str) or not isinstance(timestamp, str) or not isinstance(data, dict):
        raise WebhookError("malformed", "the body is no event")
    return WebhookEvent(id=id, type=type, timestamp=timestamp, data=data)
