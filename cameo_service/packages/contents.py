"""What a package holds of a person: embeddings, and stills and speech where that was agreed to.

contents = gather(tx, context, cameo, ("face",))
contents.embeddings[0]["model"]
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from cameo_service.context import Context
from cameo_service.enrollments.statements import lets_samples_be_disclosed
from cameo_service.templates import genuine
from storage.contracts import Transaction
from storage.records import CameoRecord, SampleRecord, TemplateRecord

MOST_BYTES = 16_000_000
"""Of all stills and speech together, far beyond what an enrollment keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Documents as they stand in a package. `withheld` names what is there and is not handed out.

    `listing` is what the record of the disclosure may say of it: nothing that could be measured.
    """

    embeddings: tuple[dict[str, Any], ...]
    samples: tuple[dict[str, Any], ...]
    withheld: tuple[str, ...]
    listing: tuple[dict[str, Any], ...]


def gather(
    tx: Transaction, context: Context, cameo: CameoRecord, facets: tuple[str, ...]
) -> Contents:
    """What there is of these facets; nothing for a name. Raises `Tampered`.

    Samples lie under the same data key as templates, which is replaced with both: what opens beside
    genuine templates belongs to them.
    """
    templates = genuine.templates_of(tx, context.signer, cameo.id)
    chosen = [each for each in templates if each.modality in facets]
    found = [each for each in tx.templates.samples_of(cameo.id) if each.modality in facets]
    samples = found if _agreed(context, cameo) else []
    if sum(len(each.content) for each in samples) > MOST_BYTES:
        raise ValueError(f"the samples of cameo `{cameo.id}` have more than {MOST_BYTES} bytes")
    listed = [_listed(each) for each in chosen] + [_counted(each) for each in samples]
    return Contents(
        embeddings=tuple(_embedding(each) for each in chosen),
        samples=tuple(_sample(each) for each in samples),
        withheld=("samples",) if len(samples) < len(found) else (),
        listing=tuple(listed),
    )


def _agreed(context: Context, cameo: CameoRecord) -> bool:
    word = context.settings.disclose_samples
    signed = genuine.claims_of(cameo, context.signer)["statement"]
    return word != "never" and lets_samples_be_disclosed(signed, own_texts=word == "always")


def _embedding(template: TemplateRecord) -> dict[str, Any]:
    return {
        "modality": template.modality,
        "model": template.model,
        "model_sha256": template.model_sha256,
        "encoding": "float32-le",
        "dimension": len(template.vector),
        "vector": _base64(genuine.packed(template)),
        "salt": _base64(template.salt),
        "digest": genuine.template_digest(template),
    }


def _sample(sample: SampleRecord) -> dict[str, Any]:
    return {
        "modality": sample.modality,
        "media_type": sample.media_type,
        "content": _base64(sample.content),
        "sha256": hashlib.sha256(sample.content).hexdigest(),
    }


def _listed(template: TemplateRecord) -> dict[str, Any]:
    return {
        "kind": "embedding",
        "modality": template.modality,
        "model": template.model,
        "model_sha256": template.model_sha256,
        "digest": genuine.template_digest(template),
    }


def _counted(sample: SampleRecord) -> dict[str, Any]:
    # no digest: that of a still says whose it is to everybody who has the still
    return {"kind": "sample", "modality": sample.modality, "media_type": sample.media_type}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
