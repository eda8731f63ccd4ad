"""Templates for use: those alone that the signed identity credential of their cameo names.

    templates = templates_of(tx, context.signer, "cam_1")

The seal of a template is bound to its row, and the credential to the templates: an older row that
is put back opens, but its digest stands in no credential. So whoever compares with a template,
searches it, moves it to other models or hands it out reads it here, or has it checked by
`require_genuine`; only what signs a credential reads what there is (`tests/service/test_genuine`
holds everybody to it).

What has no credential yet, or never will, is bound by its seal alone: a cameo that waits for its
review, a renewal that does, a protected face.
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cameo_service.signing import NotSignedHere, SignedByWithdrawnKey, Signer
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.keys import Purpose
from storage.records import CameoRecord, TemplateRecord

Named = dict[tuple[str, str], tuple[str, str]]
"""By modality and the model's hash: the model's name and the template's digest."""


class CredentialByWithdrawnKey(Tampered):
    """The key that signed a credential was withdrawn: `cameo keys resign` has it signed anew."""

    code = "credential_key_withdrawn"


def templates_of(tx: Transaction, signer: Signer, cameo_id: str) -> list[TemplateRecord]:
    """The templates of a cameo, all of them genuine. Raises `Tampered`, naming the cameo."""
    templates = tx.templates.of_cameo(cameo_id)
    cameo = tx.cameos.find(cameo_id)
    if cameo is not None:
        require_genuine(cameo, templates, signer)
    return templates


def require_genuine(
    cameo: CameoRecord,
    templates: Sequence[TemplateRecord],
    signer: Signer,
    *,
    modality: str | None = None,
) -> None:
    """Raise `Tampered` unless `templates` are exactly what the cameo's credential names.

    One too few is as wrong as one too many. With `modality`, only templates of it are given.
    """
    if cameo.credential is None:
        if templates and cameo.status is not CameoStatus.PENDING:
            raise Tampered(f"cameo `{cameo.id}` is `{cameo.status}` and has no credential")
        return
    if not templates and cameo.status.is_ended:
        return
    _require_named(cameo, templates, claims_of(cameo, signer), modality=modality)


def require_stored(tx: Transaction, cameo: CameoRecord, claims: Mapping[str, Any]) -> None:
    """Raise `Tampered` unless these claims of a credential are about this cameo, and name what is
    stored for it; of one that ended nothing may be stored any more."""
    _require_of(cameo, claims)
    templates = tx.templates.of_cameo(cameo.id)
    if templates or not cameo.status.is_ended:
        _require_named(cameo, templates, claims)


def _require_named(
    cameo: CameoRecord,
    templates: Sequence[TemplateRecord],
    claims: Mapping[str, Any],
    *,
    modality: str | None = None,
) -> None:
    named = _named_by(claims, cameo, modality)
    stored = {
        (each.modality, each.model_sha256): (each.model, template_digest(each))
        for each in templates
    }
    for place in sorted(named.keys() | stored.keys()):
        if named.get(place) != stored.get(place):
            raise Tampered(
                f"a {place[0]} template of cameo `{cameo.id}` is not the one in its credential"
            )


def claims_of(cameo: CameoRecord, signer: Signer) -> dict[str, Any]:
    """What the cameo's credential says, once its signature and its cameo stand. Raises `Tampered`.

    Whether it has expired is not asked: an expired one still says whose templates these are. One by
    a withdrawn key is `CredentialByWithdrawnKey`.
    """
    try:
        claims = signer.open(Purpose.IDENTITY, cameo.credential or "")
    except SignedByWithdrawnKey as error:
        raise CredentialByWithdrawnKey(
            f"the credential of cameo `{cameo.id}` is to be signed anew: {error}"
        ) from error
    except NotSignedHere as error:
        raise Tampered(f"the credential of cameo `{cameo.id}` was not signed here") from error
    _require_of(cameo, claims)
    return claims


def _require_of(cameo: CameoRecord, claims: Mapping[str, Any]) -> None:
    if (claims.get("cameo"), claims.get("sub")) != (cameo.id, cameo.owner):
        raise Tampered(f"the credential of cameo `{cameo.id}` is another's")


def template_digest(template: TemplateRecord) -> str:
    """SHA-256 in hex of the salt and the vector as little-endian 32-bit floats."""
    return hashlib.sha256(template.salt + packed(template)).hexdigest()


def packed(template: TemplateRecord) -> bytes:
    """The vector as little-endian 32-bit floats, over which the digest is made."""
    return struct.pack(f"<{len(template.vector)}f", *template.vector)


def named(templates: Sequence[TemplateRecord]) -> list[dict[str, str]]:
    """What a credential says of these templates."""
    return [
        {
            "modality": template.modality,
            "model": template.model,
            "model_sha256": template.model_sha256,
            "digest": template_digest(template),
        }
        for template in templates
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenuineFaces:
    """What an index of faces has every face checked by, before it takes it in or names it."""

    signer: Signer

    def require(
        self, tx: Transaction, subjects: Sequence[str], faces: Sequence[TemplateRecord]
    ) -> None:
        """Raise `Tampered` unless `faces` are all the faces of `subjects`, in order of subject."""
        cameos = tx.cameos.several(subjects)
        of_subject = {id: list(each) for id, each in groupby(faces, key=lambda one: one.cameo_id)}
        for cameo in cameos:
            found = of_subject.get(cameo.id, [])
            require_genuine(cameo, found, self.signer, modality="face")

    def require_everybody(self, tx: Transaction) -> None:
        """Raise `Tampered` where somebody with a credential has no face at all.

        Every credential of a person names a face.
        """
        bereft = tx.templates.bereft("face")
        if bereft is not None:
            raise Tampered(f"cameo `{bereft}` has a credential and no face template")


def _named_by(claims: Mapping[str, Any], cameo: CameoRecord, modality: str | None) -> Named:
    try:
        return {
            (each["modality"], each["model_sha256"]): (each["model"], each["digest"])
            for each in claims["templates"]
            if modality in (None, each["modality"])
        }
    except (KeyError, TypeError) as error:
        raise Tampered(f"the credential of cameo `{cameo.id}` names no templates") from error
