"""A receipt verified offline: who signed it, that the log committed to it, what file it is of.

    trusted = certified(root_document, root="kPrK_qmx…")
    verify_receipt(document, trusted).claims["use"]["holder"]
    verify_asset(claims, hashlib.sha256(content).hexdigest())

Every member of the document is covered: by the statement's signature, by the checkpoint's, or by
agreement with what is. What does not hold is named by its part.

    >>> verify_receipt({}, Trusted(keys={}, log_keys=()))
    Traceback (most recent call last):
        ...
    cameo_service.offline.receipts.ReceiptNotProven: a receipt has exactly the members `cameo_id`, \
`created_at`, `id`, `object`, `opening`, `proof`, `statement`, `use_id`
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import VerifyingKey, certified_keys, published_keys
from cameo_service.offline.log import (
    LoggedEntry,
    log_keys,
    verify_opening,
    verify_proof,
    withdrawn_log_keys,
)
from cameo_service.offline.tokens import SignedStatement, signed_statement
from storage.log.entries import TIME, entry

TYP = "cameo-receipt+jwt"
KINDS = {"use.reported": "draft", "use.published": "published"}
"""The kinds of entries that commit to receipts, and what the use is there."""
_DOCUMENT = ("cameo_id", "created_at", "id", "object", "opening", "proof", "statement", "use_id")
_OPENING = ("event", "salt")
Found = TypeVar("Found")
_PROOF = ("checkpoint", "entry", "inclusion", "index", "origin")


class ReceiptNotProven(NotProven):
    """The receipt does not hold. `part` names what of it is wrong."""

    def __init__(self, code: str, message: str, *, part: str) -> None:
        super().__init__(code, message)
        self.part = part


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Whom the verifier believes: the keys of statements, by kid, and those of the log."""

    keys: Mapping[str, VerifyingKey]
    log_keys: tuple[Ed25519PublicKey, ...]
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedReceipt:
    """A receipt that holds: what it states, and the log entry that commits to it."""

    claims: dict[str, Any]
    entry: LoggedEntry


def published(jwks: Mapping[str, Any], *, origin: str | None = None) -> Trusted:
    """Trust in a published key set, as far as the connection that it came over is trusted."""
    keys = published_keys(jwks)
    return Trusted(keys=keys, log_keys=tuple(log_keys(keys)), origin=origin)


def certified(document: Mapping[str, Any], *, root: str, origin: str | None = None) -> Trusted:
    """Trust in what the root key with the thumbprint `root` certified, each for its purpose."""
    keys = certified_keys(document, root=root)
    return Trusted(keys=keys, log_keys=tuple(log_keys(keys)), origin=origin)


def verify_receipt(document: object, trusted: Trusted) -> VerifiedReceipt:
    """What the receipt proves. `document` is JSON data, as the service gave it.

    Raises `ReceiptNotProven`; its `part` is `document`, `statement`, `opening`, `proof.entry`,
    `proof.inclusion`, `proof.checkpoint`, `proof.origin`, or the member that contradicts the
    statement.
    """
    # 1. The document has the members of a receipt, and its base64 one spelling.
    receipt = _form(document)
    # 2. The service signed the statement.
    signed = _statement(receipt["statement"], trusted)
    # 3. The entry is in the log, and the opening opens it: this tells which of them is wrong.
    logged, event = _logged(receipt, trusted)
    # 4. The event commits to this statement, and nothing in the document contradicts it.
    _require_committed(receipt, signed.claims, logged, event)
    # 5. By a key that was not withdrawn, or logged before it was.
    _named(lambda: signed.require_standing(logged.time))
    return VerifiedReceipt(claims=signed.claims, entry=logged)


def verify_asset(claims: Mapping[str, Any], sha256: str) -> str:
    """The media type of the file with this SHA-256 (hex), if the receipt names it.

    Raises `ReceiptNotProven`: `asset_not_in_receipt`.
    """
    for asset in claims.get("assets", []):
        if asset["sha256"] == sha256:
            return str(asset["media_type"])
    raise ReceiptNotProven(
        "asset_not_in_receipt",
        f"the receipt names no file with the SHA-256 `{sha256}`",
        part="asset",
    )


def _form(document: object) -> dict[str, Any]:
    receipt = _members(document, _DOCUMENT, "a receipt", "document")
    if receipt["opening"] is None:
        raise ReceiptNotProven(
            "opening_erased", "what opens the log's entry was erased", part="opening"
        )
    opening = _members(receipt["opening"], _OPENING, "an opening", "opening")
    proof = _members(receipt["proof"], _PROOF, "a proof", "proof")
    if receipt["object"] != "receipt":
        raise ReceiptNotProven("receipt_malformed", "the object is not a receipt", part="object")
    for name in _OPENING:
        _bytes(opening[name], part="opening")
    _bytes(proof["entry"], part="proof.entry")
    hashes = proof["inclusion"]
    for each in hashes if isinstance(hashes, list) else [None]:
        _bytes(each, part="proof.inclusion")
    return receipt


def _members(value: object, names: tuple[str, ...], what: str, part: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        listed = ", ".join(f"`{name}`" for name in names)
        raise ReceiptNotProven(
            "receipt_malformed", f"{what} has exactly the members {listed}", part=part
        )
    return value


def _bytes(text: object, *, part: str) -> bytes:
    """The bytes of base64, of which every character counts."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or base64.b64encode(data).decode() != text:
        raise ReceiptNotProven("receipt_malformed", f"`{part}` is not base64", part=part)
    return data


def _statement(token: object, trusted: Trusted) -> SignedStatement:
    text = token if isinstance(token, str) else ""
    return _named(lambda: signed_statement(text, trusted.keys, typ=TYP))


def _named(look: Callable[[], Found]) -> Found:
    try:
        return look()
    except NotProven as error:
        raise ReceiptNotProven(error.code, str(error), part="statement") from error


def _logged(receipt: Mapping[str, Any], trusted: Trusted) -> tuple[LoggedEntry, dict[str, Any]]:
    """The proven entry and its event."""
    opening = receipt["opening"]
    salt, event = (_bytes(opening[name], part="opening") for name in ("salt", "event"))
    try:
        found = verify_proof(
            receipt["proof"],
            trusted.log_keys,
            origin=trusted.origin,
            withdrawn=withdrawn_log_keys(trusted.keys),
        )
    except NotProven as error:
        raise ReceiptNotProven(
            error.code, str(error), part=_part_of(error.code, receipt)
        ) from error
    try:
        return found, verify_opening(found, salt=salt, event=event)
    except (NotProven, ValueError) as error:
        raise ReceiptNotProven("opening_wrong", str(error), part="opening") from error


def _part_of(code: str, receipt: Mapping[str, Any]) -> str:
    """Where a proof is wrong: with the entry that follows from the rest, on the way to the root."""
    if code in ("note_malformed", "note_not_signed", "key_withdrawn"):
        return "proof.checkpoint"
    if code == "origin_differs":
        return "proof.origin"
    data = _bytes(receipt["proof"]["entry"], part="proof.entry")
    return "proof.inclusion" if data == _expected_entry(receipt) else "proof.entry"


def _expected_entry(receipt: Mapping[str, Any]) -> bytes | None:
    """The entry that opening and time of the receipt give."""
    salt, event = (_bytes(receipt["opening"][name], part="opening") for name in ("salt", "event"))
    at = _moment(receipt["created_at"])
    try:
        kind = json.loads(event)["event"]
        return None if at is None else entry(kind, event, salt=salt, time=at)
    except (ValueError, KeyError, TypeError):
        return None


def _require_committed(
    receipt: Mapping[str, Any],
    claims: Mapping[str, Any],
    logged: LoggedEntry,
    event: Mapping[str, Any],
) -> None:
    digest = hashlib.sha256(receipt["statement"].encode()).hexdigest()
    use = claims.get("use")
    state = use.get("status") if isinstance(use, dict) else None
    agreeing = (
        ("proof.entry", KINDS.get(logged.kind), state),
        ("opening", event.get("statement_sha256"), digest),
        ("opening", event.get("receipt"), claims.get("jti")),
        ("opening", event.get("use"), claims.get("sub")),
        ("id", receipt["id"], claims.get("jti")),
        ("use_id", receipt["use_id"], claims.get("sub")),
        ("cameo_id", receipt["cameo_id"], claims.get("cameo")),
        ("created_at", _moment(receipt["created_at"]), logged.time),
    )
    for part, found, stated in agreeing:
        if found != stated:
            raise ReceiptNotProven(
                "receipt_contradicts_itself",
                f"`{part}` does not fit the signed statement and its log entry",
                part=part,
            )


def _moment(text: object) -> str | None:
    """A moment of a document as an entry writes it; None for another spelling than ours.

    The entry's is in UTC: with any other offset, or with none, it would be another moment.
    """
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if at is None or at.utcoffset() != timedelta() or _written(at) != text:
        return None
    return at.strftime(TIME)


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
