"""Signatures of the Standard Webhooks specification: HMAC-SHA256 over id, moment and body.

>>> sign([b"0" * 32], id="msg_1", timestamp=1614265330, body=b"{}")
'v1,kAedy4pm3LZajM7qgkZHnLZnj6wPfvRaxVTJd6X3KP0='
>>> shown(b"0" * 24)
'whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw'
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def sign(secrets: Sequence[bytes], *, id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, with spaces between."""
    signed = f"{id}.{timestamp}.".encode() + body
    made = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(each).decode()}" for each in made)


def shown(secret: bytes) -> str:
    """A secret as its owner is shown it, once."""
    return PREFIX + base64.b64encode(secret).decode()
