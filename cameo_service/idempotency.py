"""The same request twice, one effect and one answer.

The answer is stored in the transaction of the effect, so there is no moment in between: a repeat
waits for the first one and gets its answer, a crash leaves neither. Answers can hold secrets, so
they are sealed under a key that only the caller's own API key gives (AES-256-GCM, HKDF-SHA256).

    once(tx, request, produce=make, repeat=lambda answer: answer, now=now)
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cameo_service.errors import AnswerErased, IdempotencyMismatch
from storage.contracts import Transaction
from storage.records import IdempotencyRecord

_NONCE = 12
_SUBJECT = re.compile(rb"\b(?:cam|enr)_[0-9a-z]{24}\b")
"""As `identifiers.new_id` makes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response worth repeating: status and JSON body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatableRequest:
    """A request that carries an idempotency key. `api_key` is the caller's whole key."""

    caller: str
    api_key: str = field(repr=False)
    key: str
    method: str
    path: str
    body: bytes

    @property
    def fingerprint(self) -> str:
        """What must be the same for a repeat to be one."""
        head = f"{self.method} {self.path}\n".encode()
        return hashlib.sha256(head + self.body).hexdigest()


def once(
    tx: Transaction,
    request: RepeatableRequest,
    *,
    produce: Callable[[], Answer],
    repeat: Callable[[Answer], Answer | None],
    now: datetime,
) -> Answer:
    """`produce()` on the first call, and what `repeat` makes of its stored answer on later ones.

    `repeat` returns None where the answer does not hold any more: the request then counts as new.
    Raises `IdempotencyMismatch` when the key was used for another request, and `AnswerErased` where
    what it was about was erased since. What `produce` raises goes through, and with the transaction
    nothing of the attempt stays.
    """
    begun = IdempotencyRecord(
        caller=request.caller, key=request.key, fingerprint=request.fingerprint, created_at=now
    )
    earlier = tx.idempotency.begin(begun)
    if earlier is not None:
        repeated = repeat(_stored_answer(request, earlier))
        if repeated is not None:
            return repeated
        tx.idempotency.forget(request.caller, request.key)
        tx.idempotency.begin(begun)
    answer = produce()
    sealed = _seal(request, answer.body)
    tx.idempotency.finish(
        replace(begun, status=answer.status, body=sealed), subjects=_named(request, answer)
    )
    return answer


def _named(request: RepeatableRequest, answer: Answer) -> frozenset[str]:
    """The cameos and enrollments that a request or its answer names: with them the answer goes."""
    said = (request.path.encode(), request.body, answer.body)
    return frozenset(each.decode() for text in said for each in _SUBJECT.findall(text))


def _stored_answer(request: RepeatableRequest, earlier: IdempotencyRecord) -> Answer:
    if earlier.fingerprint != request.fingerprint or earlier.status is None:
        raise IdempotencyMismatch(
            "the idempotency key was used for another request: use a new key for a new request"
        )
    if earlier.body is None:
        raise AnswerErased("what this request was about was erased, and its answer with it")
    return Answer(status=earlier.status, body=_open(request, earlier.body))


def _cipher(request: RepeatableRequest) -> AESGCM:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cameo idempotency 1")
    return AESGCM(derivation.derive(request.api_key.encode()))


def _seal(request: RepeatableRequest, body: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(request).encrypt(nonce, body, request.fingerprint.encode())


def _open(request: RepeatableRequest, sealed: bytes) -> bytes:
    nonce, body = sealed[:_NONCE], sealed[_NONCE:]
    try:
        return _cipher(request).decrypt(nonce, body, request.fingerprint.encode())
    except InvalidTag:
        raise IdempotencyMismatch("the stored answer was sealed for another key") from None
