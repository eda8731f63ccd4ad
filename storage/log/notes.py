"""Checkpoints as signed notes: what a log signs about its tree, and what witnesses add to it.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-cosignature

    >>> from storage.log.tree import EMPTY_ROOT
    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> head = Checkpoint(origin="cameo.example/log", size=0, root=EMPTY_ROOT)
    >>> note = sign(head, key)
    >>> note.splitlines()[:2]
    ['cameo.example/log', '0']
    >>> verified(note, [key.public_key()]) == head
    True
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.log.tree import HASH_BYTES

LONGEST = 16_384
"""Characters of a note that are looked at."""
MOST_SIGNATURES = 32
ED25519 = b"\x01"
COSIGNATURE = b"\x04"
_LINE = re.compile("— ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[!-*,-~]{1,200}")
_SIZE = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)


class MalformedNote(ValueError):
    """The text is no signed note of a checkpoint."""


class NotSigned(ValueError):
    """No key that was asked for has signed the note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head: whose, of how many entries, with which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A line below a note: who signed, with which key, and what that gave."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """As it stands in the note."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


def require_name(name: str) -> str:
    """The name, if it can be a key's or an origin's: visible ASCII without a plus."""
    if not _NAME.fullmatch(name):
        raise MalformedNote(f"`{name[:80]}` is not the name of a log or a witness")
    return name


def key_id(name: str, key: Ed25519PublicKey, kind: bytes = ED25519) -> bytes:
    """The four bytes by which a note names the key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + key.public_bytes_raw()).digest()[:4]


def sign(head: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note; the log's name is the checkpoint's origin."""
    name = require_name(head.origin)
    value = key.sign(head.text.encode())
    signature = Signature(name=name, key_id=key_id(name, key.public_key()), value=value)
    return f"{head.text}\n{signature.line}"


def read(note: str) -> tuple[Checkpoint, tuple[Signature, ...]]:
    """What a note says and who signed it, nothing of it verified. Raises `MalformedNote`."""
    text, found, rest = note.partition("\n\n")
    if len(note) > LONGEST or not found or not rest.endswith("\n"):
        raise MalformedNote("the text is not a signed note")
    lines = text.split("\n")
    if len(lines) != 3 or not _SIZE.fullmatch(lines[1]):
        raise MalformedNote("the note is not a checkpoint of an origin, a size and a root")
    root = _base64(lines[2])
    if len(root) != HASH_BYTES:
        raise MalformedNote("the checkpoint's root is not a hash")
    head = Checkpoint(origin=require_name(lines[0]), size=int(lines[1]), root=root)
    return head, tuple(_signatures(rest))


def _signatures(rest: str) -> Iterator[Signature]:
    lines = rest[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise MalformedNote(f"the note has more than {MOST_SIGNATURES} signatures")
    for line in lines:
        found = _LINE.fullmatch(line)
        data = _base64(found[2]) if found else b""
        if found is None or len(data) < 5:
            raise MalformedNote("a line below the note is no signature")
        yield Signature(name=found[1], key_id=data[:4], value=data[4:])


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedNote("the note holds damaged base64") from error
    if base64.b64encode(data).decode() != text:
        raise MalformedNote("the note holds base64 in another spelling")
    return data


def verified(note: str, keys: Iterable[Ed25519PublicKey]) -> Checkpoint:
    """The checkpoint, once one of the log's `keys` is shown to have signed it.

    Raises `MalformedNote`, or `NotSigned`, also where a line of one of them is wrong.
    """
    head, signatures = read(note)
    by_id = {key_id(head.origin, key): key for key in keys}
    signed = False
    for each in signatures:
        if each.name == head.origin and each.key_id in by_id:
            _require(by_id[each.key_id], each.value, head.text.encode(), name=each.name)
            signed = True
    if not signed:
        raise NotSigned(f"no known key of `{head.origin}` has signed the checkpoint")
    return head


def cosign(note: str, key: Ed25519PrivateKey, *, name: str, at: int) -> str:
    """The note with a witness's signature below it; `at` is in whole seconds since 1970.

    The caller has verified the note and that it continues what this witness saw before.
    """
    head, _ = read(note)
    value = at.to_bytes(8, "big") + key.sign(_cosigned(head, at))
    id = key_id(require_name(name), key.public_key(), COSIGNATURE)
    return note + Signature(name=name, key_id=id, value=value).line


def cosigned_at(note: str, key: Ed25519PublicKey, *, name: str) -> int:
    """When this witness co-signed the note, in seconds since 1970. Raises `NotSigned`."""
    head, signatures = read(note)
    id = key_id(name, key, COSIGNATURE)
    for each in signatures:
        if (each.name, each.key_id) == (name, id):
            at = int.from_bytes(each.value[:8], "big")
            _require(key, each.value[8:], _cosigned(head, at), name=name)
            return at
    raise NotSigned(f"the witness `{name}` has not signed the checkpoint")


def _cosigned(head: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{head.text}".encode()


def _require(key: Ed25519PublicKey, value: bytes, text: bytes, *, name: str) -> None:
    try:
        key.verify(value, text)
    except InvalidSignature:
        raise NotSigned(f"the signature of `{name}` on the checkpoint is wrong") from None


def verifier_key(name: str, key: Ed25519PublicKey, kind: bytes = ED25519) -> str:
    """A key as text, `name+id+key`, as C2SP's signed-note has it."""
    encoded = base64.b64encode(kind + key.public_bytes_raw()).decode()
    return f"{require_name(name)}+{key_id(name, key, kind).hex()}+{encoded}"


def read_verifier_key(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Name, kind and key of a `verifier_key`. Raises `MalformedNote`."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise MalformedNote("a verifier key is `name+id+key`")
    try:
        data = _base64(parts[2])
    except MalformedNote:
        raise MalformedNote("the verifier key holds damaged base64") from None
    kind = data[:1]
    if len(data) != 33 or kind not in (ED25519, COSIGNATURE):
        raise MalformedNote("the verifier key is not of Ed25519")
    key = Ed25519PublicKey.from_public_bytes(data[1:])
    if key_id(require_name(parts[0]), key, kind).hex() != parts[1]:
        raise MalformedNote("the verifier key's id is that of another key")
    return parts[0], kind, key
