"""A secret turn of every vector: inner products stay, and without the secret nothing matches.

    turn = Turn(secret)
    turn.of("model's hash", vector) @ turn.of("model's hash", other)      # vector @ other

Each model has a matrix of its own. It is the orthogonal part of a matrix of normally distributed
numbers (Mezzadri, 2007: uniform over all turns), drawn from AES-CTR under a key that the secret and
the model's hash give (HKDF, RFC 5869), so that every process with the secret makes the same one.

    >>> turn = Turn(bytes(32))
    >>> one, other = np.array([0.6, 0.8], np.float32), np.array([1.0, 0.0], np.float32)
    >>> round(float(turn.of("m", one) @ turn.of("m", other)), 6)
    0.6
"""

import hashlib
from functools import lru_cache

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from storage.faces.exact import Vector

MODELS_KEPT = 4


class Turn:
    """The turns of one secret of 32 bytes. `key_id` names it without telling anything of it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.key_id = hashlib.sha256(_derived(secret, "name")).hexdigest()[:32]
        self._matrix = lru_cache(MODELS_KEPT)(self._make_matrix)

    def of(self, model_sha256: str, vector: Vector) -> Vector:
        """`vector`, turned for this model."""
        turned = self._matrix(model_sha256, vector.size) @ vector.astype(np.float64)
        return np.asarray(turned, np.float32)

    def _make_matrix(self, model_sha256: str, dimension: int) -> NDArray[np.float64]:
        drawn = _normal(_derived(self._secret, f"turn {model_sha256}"), dimension * dimension)
        orthogonal, triangular = np.linalg.qr(drawn.reshape(dimension, dimension))
        # the factorization is unique only up to these signs
        return np.asarray(orthogonal * np.sign(np.diag(triangular)), np.float64)


def _derived(secret: bytes, use: str) -> bytes:
    info = f"cameo face index {use}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _normal(key: bytes, count: int) -> NDArray[np.float64]:
    """Normally distributed numbers from a key stream (Box and Muller, 1958)."""
    stream = Cipher(AES(key), CTR(bytes(16))).encryptor().update(bytes(16 * count))
    whole = np.frombuffer(stream, "<u8").astype(np.float64)
    first, second = (whole.reshape(2, count) + 0.5) / 2.0**64
    return np.asarray(np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second), np.float64)
