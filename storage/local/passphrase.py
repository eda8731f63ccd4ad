"""Key files sealed by a passphrase: scrypt (RFC 7914) over it, then AES-256-GCM.

The passphrase opens one random sealing key, and that one opens the files: to change the passphrase
is to replace one small file.

    >>> box = new_box(b"correct horse", cost=2**10)
    >>> sealer = opened_box(box, b"correct horse")
    >>> sealer.open(sealer.seal(b"a key", name="root.pem"), name="root.pem")
    b'a key'
"""

import base64
import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage.envelope import KEY_BYTES, NONCE_BYTES
from storage.errors import KeyUnavailable

COST = 2**17
"""scrypt's N: 128 MiB and a third of a second, once at each start."""
COSTS = range(2**10, 2**20 + 1)
BLOCK = 8
FORMAT = "cameo-sealing-key-v1"
SEALED = b"cameo-sealed-v1\n"
"""How a sealed file begins. No PEM file does, nor, but for one chance in 2^128, a raw key."""


class Sealer:
    """Seals the contents of files, each bound to its name."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, content: bytes, *, name: str) -> bytes:
        """The sealed content."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return SEALED + nonce + AESGCM(self._key).encrypt(nonce, content, name.encode())

    def open(self, content: bytes, *, name: str) -> bytes:
        """What was sealed. Raises `KeyUnavailable`."""
        start = len(SEALED) + NONCE_BYTES
        nonce, ciphertext = content[len(SEALED) : start], content[start:]
        try:
            return AESGCM(self._key).decrypt(nonce, ciphertext, name.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyUnavailable(f"`{name}` is damaged, or sealed under another key") from error

    def box(self, passphrase: bytes, *, cost: int = COST) -> bytes:
        """The sealing key under `passphrase`."""
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(_derived(passphrase, salt, cost))
        document = {
            "format": FORMAT,
            "kdf": "scrypt",
            "n": cost,
            "nonce": _text(nonce),
            "salt": _text(salt),
            "sealed": _text(cipher.encrypt(nonce, self._key, FORMAT.encode())),
        }
        return json.dumps(document, indent=1).encode() + b"\n"


def new_box(passphrase: bytes, *, cost: int = COST) -> bytes:
    """A fresh sealing key under `passphrase`."""
    return Sealer(AESGCM.generate_key(bit_length=KEY_BYTES * 8)).box(passphrase, cost=cost)


def opened_box(box: bytes, passphrase: bytes) -> Sealer:
    """The sealing key in `box`. Raises `KeyUnavailable` for a wrong passphrase."""
    try:
        document = json.loads(box)
        cost = document["n"]
        if (document["format"], document["kdf"]) != (FORMAT, "scrypt") or cost not in COSTS:
            raise KeyUnavailable("the sealing key has an unknown form")
        salt, nonce, sealed = (_bytes(document[name]) for name in ("salt", "nonce", "sealed"))
        cipher = AESGCM(_derived(passphrase, salt, cost))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeyUnavailable("the sealing key is damaged") from error
    try:
        return Sealer(cipher.decrypt(nonce, sealed, FORMAT.encode()))
    except (InvalidTag, ValueError) as error:
        raise KeyUnavailable("the passphrase is wrong, or the sealing key is damaged") from error


def _derived(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=BLOCK, p=1).derive(passphrase)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
