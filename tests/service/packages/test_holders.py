"""Who is handed a package: the permit's own holder, with its token, for the cameo it names."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest
from sqlalchemy import text

from cameo_service.callers import Scope
from storage.keys import Purpose
from tests.service.log.making import database
from tests.service.making import forged, permit, plain_grant
from tests.service.packages.asking import (
    STUDIO,
    asked,
    disclosures,
    enroll,
    fetch,
    fetched,
    verified,
)
from tests.service.running import Refusal, RunningService


def test_nobody_but_the_holder_is_handed_anything(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    """Another app; and one who may act for every app, which is not the app itself."""
    issued = permit(studio, asked(cameo))
    for principal, acts_for in (("app:other", ()), ("org:platform", ("user:*", "app:*"))):
        key = service.key(principal=principal, acts_for=acts_for)
        with service.client(key) as other:
            refused(fetch(other, cameo, issued["permit"]), 404, "unknown")
    another = service.key(Scope.PACKAGES_FETCH, principal=STUDIO, acts_for=())
    with service.client(another) as own:
        assert verified(service, fetched(own, cameo, issued)).holder == STUDIO
    assert len(disclosures(platform, cameo)) == 1


def test_who_has_the_id_of_a_permit_has_not_the_permit(
    studio: httpx2.Client, platform: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    """Its own id, one that there never was, and a key sent by mistake: the answer is the same."""
    issued = permit(studio, asked(cameo))
    told = {
        refused(fetch(studio, cameo, named), 422, "permit_not_a_token")["detail"]
        for named in (issued["id"], "per_none", "ck_1_s_secret")
    }
    (said,) = told
    assert "send the permit's token" in said
    assert disclosures(platform, cameo) == []


def test_forged_tokens_are_no_permits(
    service: RunningService, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    issued = permit(studio, asked(cameo))
    claims = jwt.decode(issued["permit"], options={"verify_signature": False})
    sign = service.context.signer.sign
    tokens = [
        forged(issued["permit"]),
        sign(Purpose.GRANT, claims),
        sign(Purpose.PERMIT, {**claims, "aud": "app:other"}),
        sign(Purpose.PERMIT, {**claims, "iss": "https://elsewhere.example"}),
        sign(Purpose.PERMIT, {**claims, "jti": "per_none"}),
        "a.b.c",
        "per_1.",
    ]
    for token in tokens:
        refused(fetch(studio, cameo, token), 404, "unknown")


@pytest.mark.parametrize("altered", ["request", "expires_at", "audience", "action"])
def test_a_permit_that_was_altered_in_the_database_hands_out_nothing(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    altered: str,
    refused: Refusal,
) -> None:
    """What was signed counts: no other cameo, no later end, no other holder, nothing made of it."""
    eve = enroll(service, "user:eve")
    issued = permit(studio, asked(cameo))
    ends = service.clock() + timedelta(days=30)
    changes: dict[str, tuple[str, dict[str, Any]]] = {
        "request": (
            "request = replace(CAST(request AS text), :old, :new)",
            {"old": cameo, "new": eve},
        ),
        "expires_at": ("expires_at = :new", {"new": ends}),
        "audience": ("audience = :new", {"new": "app:other"}),
        "action": ("action = :new", {"new": "remix"}),
    }
    change, values = changes[altered]
    with database(service.context) as connection:
        if altered == "request" and connection.dialect.name == "postgresql":
            change = "request = CAST(replace(CAST(request AS text), :old, :new) AS json)"
        statement = text(f"UPDATE permits SET {change} WHERE id = :id")  # noqa: S608 (ours)
        assert connection.execute(statement, {**values, "id": issued["id"]}).rowcount == 1
    for wanted in (cameo, eve):
        refused(fetch(studio, wanted, issued["permit"]), 500, "tampered")
        assert disclosures(platform, wanted) == []


def test_a_permit_for_another_cameo_is_good_for_none_but_its_own(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    other = enroll(service, "user:cleo")
    plain_grant(platform, other)
    issued = permit(studio, asked(other, "face"))
    there = refused(fetch(studio, cameo, issued["permit"]), 404, "unknown")
    nowhere = refused(fetch(studio, "cam_none", issued["permit"]), 404, "unknown")
    assert there["detail"].replace(cameo, "cam_none") == nowhere["detail"]
    assert verified(service, fetched(studio, other, issued)).owner == "user:cleo"


def test_a_tag_or_a_publication_takes_no_package(
    platform: httpx2.Client, studio: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    plain_grant(platform, cameo, terms={"actions": ["tag"], "facets": ["face"]})
    issued = permit(studio, asked(cameo, "face", action="tag"))
    refused(fetch(studio, cameo, issued["permit"]), 403, "package_not_covered")


def test_a_character_has_no_package_and_neither_has_who_is_beneath_it(
    platform: httpx2.Client, reviewer: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    """Whose face a character has stays undisclosed (ADR 15)."""
    plain_grant(platform, cameo, "org:platform")
    sheet = {
        "owner": "org:platform",
        "handle": "zed",
        "name": "Zed",
        "rights_statement": "Mine.",
        "territories": {"included": ["*"]},
        "underlying": [{"cameo_id": cameo, "facets": ["face"]}],
    }
    registered = platform.post("/v1/characters", json=sheet)
    assert registered.status_code == 201, registered.text
    character = registered.json()["id"]
    reviewed = reviewer.post(f"/v1/characters/{character}/review", json={"decision": "approve"})
    assert reviewed.status_code == 200, reviewed.text
    token = permit(platform, asked(character, "face", requester="org:platform"))["permit"]
    refused(fetch(platform, character, token), 422, "package_not_of_person")
    beneath = refused(fetch(platform, cameo, token), 404, "unknown")
    nobody = refused(fetch(platform, "cam_none", token), 404, "unknown")
    assert beneath["detail"].replace(cameo, "cam_none") == nobody["detail"]
