"""Receipts inside the files that they are about: a C2PA manifest with an assertion of our own.

The C2PA signature binds the receipt to the file as it is now. The receipt names the SHA-256 of the
file before anything was embedded; of JPEG and PNG the bytes from before are found again and
hashed, so that nobody's word is needed for it. No network is used: no time stamp authority, no
remote manifest, no OCSP.

    embed(Path("a.jpg"), Path("b.jpg"), receipt=receipt, certificate=chain_pem, key=key_pem)
    read(Path("b.jpg")).receipt
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cameo_service.receipts.carriers import LARGEST_CARRIER, without_manifest
from cameo_service.receipts.credentials import algorithm_of
from cameo_service.receipts.labels import is_receipt_label, label_of
from cameo_service.receipts.statements import stated_in

if TYPE_CHECKING:
    import c2pa

OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_NO_THUMBNAIL = {"builder": {"thumbnail": {"enabled": False}}}
WANTED = (
    "C2PA takes a certificate that an authority issued and that is valid now, with the key usage "
    "`digitalSignature` and an extended key usage such as `emailProtection`"
)
"""Of the signer's certificate: what the library refuses it names in a word or two."""
_UNTRUSTED = "signingCredential.untrusted"


class CannotCarry(ValueError):
    """A receipt cannot be written into this file, or there is none to be read. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What a file carries.

    `is_intact` is C2PA's judgement that the file is as it was signed; `failures` are its codes.
    `is_trusted` says that the signer's certificate leads to one that the caller trusts.
    `asset_sha256` is the digest that the file is said to have had before; `asset_is` whether that
    was found to be so, or cannot be seen from this format.
    """

    receipt: dict[str, Any]
    asset_sha256: str
    asset_is: Literal["found", "differs", "unseen"]
    is_intact: bool
    is_trusted: bool
    failures: tuple[str, ...]
    signed_by: str | None


def embed(
    source: Path, target: Path, *, receipt: dict[str, Any], certificate: bytes, key: bytes
) -> None:
    """Write `source` with `receipt` in it to `target`, which must not exist.

    `certificate` is a PEM chain, the signer's first, that fits C2PA's profile; `key` its private
    key in PEM. Raises `CannotCarry`: `asset_not_in_receipt`, `asset_format_unsupported`,
    `asset_unreadable`, `signing_credential_invalid`, `output_exists`.
    """
    import c2pa

    claims = _claims_of(receipt)
    digest = _sha256_of(source)
    media_type = _media_type_in(claims, digest)
    if target.exists():
        raise CannotCarry("output_exists", f"`{target}` exists already")
    manifest = _manifest(receipt, claims, digest)
    with _translated(media_type), _signer(certificate, key) as signer:
        context = c2pa.Context.from_dict({**OFFLINE, **_NO_THUMBNAIL})
        builder = c2pa.Builder(json.dumps(manifest), context=context)
        try:
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            _write(builder, signer, media_type, source=source, target=target)
        finally:
            builder.close()
            context.close()


def read(path: Path, *, trusted: bytes | None = None) -> Embedded:
    """The receipt in a file, and whether the file is as it was signed.

    `trusted` are PEM certificates that the caller trusts signers of. The receipt itself still has
    to be verified: `cameo_service.offline.receipts`. Raises `CannotCarry`: `no_consent_receipt`,
    `asset_format_unsupported`, `asset_unreadable`.
    """
    import c2pa

    settings: dict[str, Any] = dict(OFFLINE)
    if trusted is not None:
        settings["trust"] = {"trust_anchors": trusted.decode("ascii", "replace")}
    with _translated(path.name), path.open("rb") as stream:
        context = c2pa.Context.from_dict(settings)
        try:
            reader = c2pa.Reader("", stream, context=context)
            state = reader.get_validation_state() or ""
            document = json.loads(reader.json())
            reader.close()
        finally:
            context.close()
    return _embedded(path, state, document)


def _embedded(path: Path, state: str, document: dict[str, Any]) -> Embedded:
    active = document["manifests"][document["active_manifest"]]
    data = next(
        (each["data"] for each in active["assertions"] if is_receipt_label(each["label"])), None
    )
    if not isinstance(data, dict) or not {"receipt", "asset_sha256"} <= set(data):
        raise CannotCarry("no_consent_receipt", f"`{path.name}` carries no consent receipt")
    failures = [str(each["code"]) for each in document.get("validation_status", [])]
    return Embedded(
        receipt=data["receipt"],
        asset_sha256=str(data["asset_sha256"]),
        asset_is=_seen_beneath(path, str(data["asset_sha256"])),
        is_intact=state in ("Valid", "Trusted"),
        is_trusted=state == "Trusted",
        failures=tuple(each for each in failures if each != _UNTRUSTED),
        signed_by=active.get("signature_info", {}).get("common_name"),
    )


def _seen_beneath(path: Path, stated: str) -> Literal["found", "differs", "unseen"]:
    if path.stat().st_size > LARGEST_CARRIER:
        return "unseen"
    before = without_manifest(path.read_bytes())
    if before is None:
        return "unseen"
    return "found" if hashlib.sha256(before).hexdigest() == stated else "differs"


def _manifest(receipt: dict[str, Any], claims: dict[str, Any], digest: str) -> dict[str, Any]:
    data = {"version": 1, "asset_sha256": digest, "receipt": receipt}
    label = label_of(str(claims.get("iss", "")))
    return {
        "claim_generator_info": [{"name": "cameo"}],
        "assertions": [{"label": label, "kind": "Json", "data": data}],
    }


def _claims_of(receipt: dict[str, Any]) -> dict[str, Any]:
    """What the receipt states, unverified: whoever reads the file verifies it."""
    try:
        return stated_in(receipt["statement"])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise CannotCarry("receipt_unreadable", "the receipt's statement cannot be read") from error


def _media_type_in(claims: dict[str, Any], digest: str) -> str:
    for asset in claims.get("assets", []):
        if asset["sha256"] == digest:
            return str(asset["media_type"])
    raise CannotCarry(
        "asset_not_in_receipt",
        f"the file's SHA-256 `{digest}` is none of the assets that the receipt names",
    )


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _signer(certificate: bytes, key: bytes) -> Iterator["c2pa.Signer"]:
    import c2pa

    try:
        info = c2pa.C2paSignerInfo(
            alg=algorithm_of(certificate, key), sign_cert=certificate, private_key=key, ta_url=None
        )
        signer = c2pa.Signer.from_info(info)
    except (c2pa.C2paError, ValueError, TypeError) as error:
        raise CannotCarry(
            "signing_credential_invalid", f"certificate and key cannot sign: {error}"
        ) from error
    try:
        yield signer
    finally:
        signer.close()


def _write(
    builder: "c2pa.Builder",
    signer: "c2pa.Signer",
    media_type: str,
    *,
    source: Path,
    target: Path,
) -> None:
    """Sign into a file beside the target, which is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w+b") as written, source.open("rb") as stream:
            builder.sign(signer, media_type, stream, written)
        _put(Path(name), target)
    finally:
        Path(name).unlink(missing_ok=True)


def _put(written: Path, target: Path) -> None:
    try:
        os.link(written, target)
    except OSError:
        # it is there already, or the file system has no links
        if target.exists():
            raise CannotCarry("output_exists", f"`{target}` exists already") from None
        written.replace(target)


@contextmanager
def _translated(named: str) -> Iterator[None]:
    import c2pa

    try:
        yield
    except c2pa.C2paError.ManifestNotFound as error:
        raise CannotCarry("no_consent_receipt", "the file carries no C2PA manifest") from error
    except c2pa.C2paError.NotSupported as error:
        raise CannotCarry(
            "asset_format_unsupported", f"C2PA knows no place for a manifest in `{named}`"
        ) from error
    except c2pa.C2paError.Signature as error:
        raise CannotCarry(
            "signing_credential_invalid", f"certificate and key cannot sign: {error}: {WANTED}"
        ) from error
    except c2pa.C2paError as error:
        raise CannotCarry("asset_unreadable", f"`{named}` cannot be read: {error}") from error
