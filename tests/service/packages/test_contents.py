"""What is in a package: what the permit covers, and what the person agreed to hand out."""

import base64
from dataclasses import replace

import httpx2
import jwt
import numpy as np
import pytest

from cameo_service.enrollments.statements import BUILT_IN, DEFAULT
from cameo_service.packages.contents import gather
from tests.service.making import permit
from tests.service.packages.asking import (
    SPEECH,
    STILL,
    asked,
    enroll,
    fetched,
    verified,
)
from tests.service.running import RunningService

EARLIER = {"version": "2026-12", "locale": "en"}
FIRST = {"version": "2026-11", "locale": "en"}
OWN = {"version": "7", "locale": "en", "text": "I agree to be measured in this recording."}
RENAMED = {"version": "8", "locale": "en-GB", "text": BUILT_IN["2026-12", "en"]}


def test_the_holder_of_a_permit_is_handed_what_it_covers(
    service: RunningService, studio: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    answer = fetched(studio, cameo, issued)
    package = verified(service, answer)
    assert [(one.modality, one.model, one.vector) for one in package.embeddings] == [
        ("face", "face-model", (np.float32(0.6), np.float32(0.8))),
        ("voice", "voice-model", (1.0, 0.0)),
    ]
    assert [(one.modality, one.media_type, one.content) for one in package.samples] == [
        ("face", "image/png", STILL.content),
        ("voice", "audio/wav", SPEECH.content),
    ]
    assert (package.cameo_id, package.owner) == (cameo, "user:ann")
    assert (package.permit_id, package.requester) == (issued["id"], "user:bob")
    assert package.credential.cameo_id == cameo
    assert package.withheld == ()
    assert package.expires_at.isoformat() == issued["expires_at"].replace("Z", "+00:00")
    header = jwt.get_unverified_header(answer["package"])
    assert header["typ"] == "cameo-identity-package+jwt"
    published = {each["kid"] for each in service.context.signer.jwks()["keys"]}
    assert header["kid"] in published


@pytest.mark.parametrize(
    ("facets", "holds"),
    [
        (["face"], ["face"]),
        (["voice"], ["voice"]),
        (["name"], []),
        (["face", "name"], ["face"]),
    ],
)
def test_only_the_facets_of_the_permit_are_in_it(
    service: RunningService,
    studio: httpx2.Client,
    cameo: str,
    facets: list[str],
    holds: list[str],
) -> None:
    issued = permit(studio, asked(cameo, *facets))
    answer = fetched(studio, cameo, issued)
    package = verified(service, answer)
    assert list(package.facets) == facets
    assert [each.modality for each in package.embeddings] == holds
    assert [each.modality for each in package.samples] == holds
    claims = jwt.decode(answer["package"], options={"verify_signature": False})
    with service.context.store.read() as tx:
        kept = tx.templates.of_cameo(cameo)
    # without its salt, a digest in the credential says nothing of the face or the voice
    salts = [base64.b64encode(each.salt).decode() for each in kept if each.modality in holds]
    assert [each["salt"] for each in claims["embeddings"]] == salts


def test_enrollments_show_the_statement_by_which_samples_are_handed_out(
    platform: httpx2.Client,
) -> None:
    shown = platform.post("/v1/enrollments", json={"principal": "user:ann"}).json()["statement"]
    assert (shown["version"], shown["locale"]) == DEFAULT == ("2027-01", "en")
    assert shown["text"] == BUILT_IN[DEFAULT]
    paragraphs = shown["text"].split("\n\n")
    assert len(paragraphs) > 2
    sentences = shown["text"].replace("\n\n", " ").split(". ")
    assert max(len(each.split()) for each in sentences) < 45, "a sentence is too long to be read"


@pytest.mark.parametrize(
    ("statement", "word", "handed"),
    [
        (None, "built_in", 1),
        (None, "always", 1),
        (None, "never", 0),
        (EARLIER, "built_in", 0),
        (EARLIER, "always", 0),
        (FIRST, "built_in", 0),
        (FIRST, "always", 0),
        (OWN, "built_in", 0),
        (OWN, "always", 1),
        (RENAMED, "always", 0),
    ],
)
def test_samples_are_handed_out_where_the_person_agreed_to_it(
    service: RunningService, statement: dict[str, str] | None, word: str, handed: int
) -> None:
    """What was accepted stands: 2026-12 keeps samples to be measured again and for nothing else,
    under whatever version a platform shows its text."""
    context = service.context
    agreed, cameo = enroll(service, "user:ann"), enroll(service, "user:eve", statement)
    with context.store.write() as tx:
        if not tx.templates.samples_of(cameo):
            # kept under any statement here, so that handing out is what is looked at
            kept = [replace(each, cameo_id=cameo) for each in tx.templates.samples_of(agreed)]
            tx.templates.keep_samples(cameo, kept)
        settings = context.settings.model_copy(update={"disclose_samples": word})
        asking = replace(context, settings=settings)
        found = gather(tx, asking, tx.cameos.get(cameo), ("face",))
    assert (len(found.samples), len(found.embeddings)) == (handed, 1)
    assert found.withheld == (() if handed else ("samples",))
