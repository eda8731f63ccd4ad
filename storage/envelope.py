"""Templates and samples under AES-256-GCM: one data key per cameo, wrapped by another key.

What is sealed is bound to its cameo, modality and model or position: put into another's row, it
does not open.

    >>> from datetime import UTC, datetime
    >>> template = TemplateRecord(
    ...     cameo_id="cam_1", modality="face", model="dlib", model_sha256="00", vector=(0.5, -1.0),
    ...     salt=b"salt", created_at=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> key = new_data_key()
    >>> open_template(seal(template, key), key) == template
    True
"""

import json
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import Tampered
from storage.records import SampleRecord, TemplateRecord

KEY_BYTES = 32
NONCE_BYTES = 12  # 96 bits: NIST SP 800-38D, 5.2.1.1
FORMAT = "cameo-template-v1"
SAMPLE_FORMAT = "cameo-sample-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTemplate:
    """A template as it is stored. Everything but `nonce` and `ciphertext` is readable."""

    cameo_id: str
    modality: str
    model: str
    model_sha256: str
    created_at: datetime
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSample:
    """A sample as it is stored. Everything but `nonce` and `ciphertext` is readable."""

    cameo_id: str
    modality: str
    position: int
    media_type: str
    created_at: datetime
    nonce: bytes
    ciphertext: bytes


def new_data_key() -> bytes:
    """A fresh 256-bit key."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def key_context(cameo_id: str) -> dict[str, str]:
    """What the wrapped data key of a cameo is bound to."""
    return {"purpose": FORMAT, "cameo_id": cameo_id}


def seal(template: TemplateRecord, data_key: bytes) -> SealedTemplate:
    """Encrypt the vector and the salt."""
    nonce, ciphertext = _encrypt(data_key, _pack(template), _bound(template))
    return SealedTemplate(
        cameo_id=template.cameo_id,
        modality=template.modality,
        model=template.model,
        model_sha256=template.model_sha256,
        created_at=template.created_at,
        nonce=nonce,
        ciphertext=ciphertext,
    )


def open_template(sealed: SealedTemplate, data_key: bytes) -> TemplateRecord:
    """Decrypt a template, or raise `Tampered`."""
    what = f"the {sealed.modality} template of `{sealed.cameo_id}`"
    vector, salt = _unpack(_decrypt(sealed, data_key, _bound(sealed), what))
    return TemplateRecord(
        cameo_id=sealed.cameo_id,
        modality=sealed.modality,
        model=sealed.model,
        model_sha256=sealed.model_sha256,
        vector=vector,
        salt=salt,
        created_at=sealed.created_at,
    )


def seal_sample(sample: SampleRecord, data_key: bytes) -> SealedSample:
    """Encrypt the content."""
    nonce, ciphertext = _encrypt(data_key, sample.content, _bound_sample(sample))
    return SealedSample(
        cameo_id=sample.cameo_id,
        modality=sample.modality,
        position=sample.position,
        media_type=sample.media_type,
        created_at=sample.created_at,
        nonce=nonce,
        ciphertext=ciphertext,
    )


def open_sample(sealed: SealedSample, data_key: bytes) -> SampleRecord:
    """Decrypt a sample, or raise `Tampered`."""
    what = f"a {sealed.modality} sample of `{sealed.cameo_id}`"
    return SampleRecord(
        cameo_id=sealed.cameo_id,
        modality=sealed.modality,
        position=sealed.position,
        media_type=sealed.media_type,
        content=_decrypt(sealed, data_key, _bound_sample(sealed), what),
        created_at=sealed.created_at,
    )


def _encrypt(data_key: bytes, plain: bytes, bound: bytes) -> tuple[bytes, bytes]:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, AESGCM(data_key).encrypt(nonce, plain, bound)


def _decrypt(
    sealed: SealedTemplate | SealedSample, data_key: bytes, bound: bytes, what: str
) -> bytes:
    try:
        return AESGCM(data_key).decrypt(sealed.nonce, sealed.ciphertext, bound)
    except (InvalidTag, ValueError, TypeError) as error:
        # a nonce or a key of a wrong length, or something that is no bytes
        raise Tampered(f"{what} does not open") from error


def _bound(template: TemplateRecord | SealedTemplate) -> bytes:
    """The associated data: one JSON array, so that no two templates have the same bytes."""
    moment = template.created_at.astimezone(UTC).isoformat(timespec="microseconds")
    named = [template.cameo_id, template.modality, template.model, template.model_sha256, moment]
    return json.dumps([FORMAT, *named], separators=(",", ":")).encode()


def _bound_sample(sample: SampleRecord | SealedSample) -> bytes:
    moment = sample.created_at.astimezone(UTC).isoformat(timespec="microseconds")
    named = [sample.cameo_id, sample.modality, sample.position, sample.media_type, moment]
    return json.dumps([SAMPLE_FORMAT, *named], separators=(",", ":")).encode()


def _pack(template: TemplateRecord) -> bytes:
    """Salt length, salt, then the vector as little-endian doubles, which lose nothing."""
    count = len(template.vector)
    return (
        struct.pack("<I", len(template.salt))
        + template.salt
        + struct.pack(f"<{count}d", *template.vector)
    )


def _unpack(packed: bytes) -> tuple[tuple[float, ...], bytes]:
    (length,) = struct.unpack_from("<I", packed)
    salt = packed[4 : 4 + length]
    doubles = packed[4 + length :]
    return struct.unpack(f"<{len(doubles) // 8}d", doubles), salt
