"""A package as its holder verifies it: for whom, of whom, on which permit, and until when."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest

from cameo_service.client import TokenError
from storage.keys import Purpose
from tests.service.making import forged, permit
from tests.service.packages.asking import asked, enroll, fetched, verified
from tests.service.running import RunningService

Answer = dict[str, Any]


@pytest.fixture
def answer(studio: httpx2.Client, cameo: str) -> Answer:
    return fetched(studio, cameo, permit(studio, asked(cameo)))


def claims_in(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def code_of(service: RunningService, answer: Answer, **how: Any) -> str:
    """Why the package is refused."""
    with pytest.raises(TokenError) as caught:
        verified(service, answer, **how)
    return caught.value.code


def signed(service: RunningService, answer: Answer, **changes: Any) -> Answer:
    """The same answer with a package that the service signed and should not have."""
    claims = {**claims_in(answer["package"]), **changes}
    return {**answer, "package": service.context.signer.sign(Purpose.PACKAGE, claims)}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"audience": "app:other"}, "wrong_audience"),
        ({"cameo_id": "cam_other"}, "wrong_cameo"),
        ({"permit_id": "per_other"}, "wrong_permit"),
        ({"issuer": "https://elsewhere.example"}, "wrong_issuer"),
    ],
)
def test_it_is_what_it_was_fetched_for(
    service: RunningService, answer: Answer, how: dict[str, str], code: str
) -> None:
    assert code_of(service, answer, **how) == code


def test_packages_that_a_generator_keeps_are_not_mixed_up(
    service: RunningService, studio: httpx2.Client, cameo: str, answer: Answer
) -> None:
    """The same face on another permit; that all is genuine makes none of them the other."""
    later = fetched(studio, cameo, permit(studio, asked(cameo, "face")))
    assert verified(service, later).facets == ("face",)
    assert code_of(service, {**answer, "package": later["package"]}) == "wrong_permit"
    assert code_of(service, {**later, "package": answer["package"]}) == "wrong_permit"


def test_it_holds_from_its_time_until_the_permits_end_and_no_longer(
    service: RunningService, answer: Answer
) -> None:
    made, minute = service.clock(), timedelta(minutes=1)
    ends = made + service.context.settings.permit_lifetime
    last = ends - timedelta(seconds=1)
    assert verified(service, answer, now=last).expires_at == ends
    assert code_of(service, answer, now=ends) == "expired"
    assert code_of(service, answer, now=ends, leeway=minute) == "expired"
    slow = made - timedelta(seconds=30)
    assert code_of(service, answer, now=slow) == "not_yet_valid"
    assert verified(service, answer, now=slow, leeway=minute).issued_at == made


def test_only_a_package_is_one(service: RunningService, answer: Answer) -> None:
    claims, sign = claims_in(answer["package"]), service.context.signer.sign
    for token, code in (
        (forged(answer["package"]), "bad_signature"),
        (sign(Purpose.IDENTITY, claims), "wrong_type"),
        (claims["credential"], "wrong_type"),
    ):
        assert code_of(service, {**answer, "package": token}) == code


def test_what_it_holds_is_what_the_credential_names(
    service: RunningService, answer: Answer
) -> None:
    claims = claims_in(answer["package"])
    face, _ = claims["embeddings"]
    still, speech = claims["samples"]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"embeddings": [{**face, "modality": "voice"}]}, "digest_mismatch"),
        (
            {"embeddings": [{**face, "vector": claims["embeddings"][1]["vector"]}]},
            "digest_mismatch",
        ),
        ({"embeddings": [{**face, "model_sha256": "0" * 64}]}, "digest_mismatch"),
        ({"embeddings": [{**face, "dimension": 3}]}, "claims_malformed"),
        ({"embeddings": [{**face, "vector": "?"}]}, "claims_malformed"),
        ({"samples": [{**still, "content": "AAAA"}]}, "digest_mismatch"),
        ({"samples": [{**still, "content": speech["content"]}]}, "digest_mismatch"),
        ({"facets": ["voice"]}, "claims_malformed"),
        ({"sub": "user:eve"}, "digest_mismatch"),
        ({"credential": answer["package"]}, "wrong_type"),
    ]
    for changes, code in cases:
        assert code_of(service, signed(service, answer, **changes)) == code, changes


def test_the_credential_in_it_is_of_the_same_person(
    service: RunningService, answer: Answer
) -> None:
    other = enroll(service, "user:eve")
    with service.context.store.read() as tx:
        theirs = tx.cameos.get(other).credential
    assert code_of(service, signed(service, answer, credential=theirs)) == "digest_mismatch"


def test_a_credential_of_a_former_address_is_named_and_may_be_let_pass(
    service: RunningService, answer: Answer
) -> None:
    former, now = service.context.settings.issuer, "https://now.example"
    moved = signed(service, answer, iss=now)
    with pytest.raises(TokenError, match=f"in the package's credential: .*`{former}`") as caught:
        verified(service, moved, issuer=now)
    assert caught.value.code == "wrong_issuer"
    with pytest.raises(TokenError, match=f"the package is from `{now}`"):
        verified(service, moved, issuer=former)
    package = verified(service, moved, issuer=[now, former])
    assert (package.issuer, package.credential.issuer) == (now, former)
    assert code_of(service, moved, issuer=[]) == "wrong_issuer"
    # a part of a name is no name
    assert code_of(service, answer, issuer=f"{former}.example") == "wrong_issuer"
