"""Status lists: the encoding of draft-ietf-oauth-status-list, and what the service signs in it."""

import base64
import json
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest

from cameo_service.permits.status_lists import LENGTH, TTL_S, decoded, encoded, place_of
from cameo_service.signing import epoch
from storage.errors import StoreUnavailable
from tests.service.making import grant, permit, question, revoke
from tests.service.running import Refusal, RunningService
from tests.storage import samples

# draft-ietf-oauth-status-list, section 4.1; the lists of its appendix C are in the data
SMALL = [
    (1, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "b9a3", "eNrbuRgAAhcBXQ"),
    (2, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "c944f9", "eNo76fITAAPfAgc"),
]
LARGE = json.loads((Path(__file__).parent / "data" / "status_lists.json").read_text())["lists"]


def sparse(statuses: list[int]) -> dict[int, int]:
    """What is not 0, by index."""
    return {index: status for index, status in enumerate(statuses) if status}


@pytest.mark.parametrize(("bits", "statuses", "packed", "lst"), SMALL)
def test_the_drafts_examples(bits: int, statuses: list[int], packed: str, lst: str) -> None:
    assert encoded(sparse(statuses), length=len(statuses), bits=bits) == lst
    assert decoded(lst, bits=bits) == statuses
    compressed = base64.urlsafe_b64decode(lst + "=" * (-len(lst) % 4))
    assert zlib.decompress(compressed).hex() == packed


@pytest.mark.parametrize("vector", LARGE, ids=lambda vector: f"{vector['bits']} bits")
def test_the_drafts_long_lists(vector: dict[str, Any]) -> None:
    statuses = dict(zip(vector["places"], vector["values"], strict=True))
    lst = encoded(statuses, length=2**20, bits=vector["bits"])
    assert lst.startswith(vector["starts"])
    assert lst.endswith(vector["ends"])
    assert len(lst) == -(-vector["size"] * 4 // 3)
    found = decoded(lst, bits=vector["bits"], most=2**20)
    assert len(found) == 2**20
    assert sparse(found) == statuses


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_every_size_of_status_comes_back(bits: int) -> None:
    statuses = [index % (1 << bits) for index in range(1 << bits)] * 8
    lst = encoded(sparse(statuses), length=len(statuses), bits=bits)
    assert decoded(lst, bits=bits) == statuses


def test_sizes_of_four_and_eight_bits_pack_from_the_least_significant() -> None:
    for bits, statuses, packed in ((4, [1, 2, 3], "2103"), (8, [1, 2, 255], "0102ff")):
        lst = encoded(sparse(statuses), length=len(statuses), bits=bits)
        unpacked = zlib.decompress(base64.urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
        assert unpacked.hex() == packed


def test_what_is_no_list_is_refused() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(10_000_000))).decode().rstrip("=")
    cut = base64.urlsafe_b64encode(zlib.compress(bytes(range(200)))[:-8]).decode().rstrip("=")
    for lst, message in (
        (bomb, "more than"),
        (cut, "cut off"),
        ("AAAA", "not compressed"),
        ("+", "not base64url"),
        ("é", "not base64url"),
        ("", "cut off"),
    ):
        with pytest.raises(ValueError, match=message):
            decoded(lst, bits=1)
    for bits in (0, 3, 16):
        with pytest.raises(ValueError, match="1, 2, 4 or 8"):
            encoded({}, length=1, bits=bits)
        with pytest.raises(ValueError, match="1, 2, 4 or 8"):
            decoded("eNrbuRgAAhcBXQ", bits=bits)
    for statuses in ({0: 2}, {0: -1}, {1: 1}, {-1: 1}):
        with pytest.raises(ValueError, match="does not fit"):
            encoded(statuses, length=1, bits=1)


def fetched(service: RunningService, number: int = 0) -> dict[str, Any]:
    """The list's claims, verified against the published keys; no API key is sent."""
    with service.client() as anyone:
        response = anyone.get(f"/v1/status-lists/{number}")
        keys = jwt.PyJWKSet.from_dict(anyone.get("/.well-known/jwks.json").json())
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/statuslist+jwt"
    header = jwt.get_unverified_header(response.text)
    assert (header["typ"], header["alg"]) == ("statuslist+jwt", "EdDSA")
    claims: dict[str, Any] = jwt.decode(
        response.text,
        keys[header["kid"]],
        algorithms=["EdDSA"],
        options={"verify_exp": False, "verify_iat": False},
    )
    age = epoch(service.clock()) - claims["iat"]
    assert response.headers["cache-control"] == f"public, max-age={TTL_S - age}"
    return claims


def test_a_list_says_which_living_permits_were_revoked(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    kept, ended = grant(platform, cameo, "user:dan"), grant(platform, cameo)
    for requester in ("user:dan", "user:bob", "user:dan", "user:bob"):
        permit(platform, question(cameo, requester))
    claims = fetched(service)
    now = epoch(service.clock())
    assert claims["sub"] == "http://127.0.0.1:8400/v1/status-lists/0"
    assert (claims["iat"], claims["ttl"]) == (now, TTL_S)
    assert claims["exp"] > now + TTL_S
    assert claims["status_list"]["bits"] == 1
    assert decoded(claims["status_list"]["lst"], bits=1) == [0] * LENGTH
    revoke(platform, ended)
    assert decoded(fetched(service)["status_list"]["lst"], bits=1)[:5] == [0, 1, 0, 1, 0]
    revoke(platform, kept)
    assert decoded(fetched(service)["status_list"]["lst"], bits=1)[:5] == [1, 1, 1, 1, 0]
    service.clock.advance(minutes=10)
    assert decoded(fetched(service)["status_list"]["lst"], bits=1) == [0] * LENGTH


def test_a_permit_that_was_given_back_is_revoked_at_once(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    issued = permit(platform, question(cameo, "user:ann"))
    claims = jwt.decode(issued["permit"], options={"verify_signature": False})
    place = claims["status"]["status_list"]
    assert place["uri"] == fetched(service)["sub"]
    platform.post(f"/v1/permits/{issued['id']}/release")
    assert decoded(fetched(service)["status_list"]["lst"], bits=1)[place["idx"]] == 1


def test_no_list_is_served_that_is_older_than_its_time_to_live(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    permit(platform, question(cameo, "user:ann"))
    first = fetched(service)
    service.clock.advance(seconds=2)
    assert fetched(service) == first
    for _ in range(20):
        service.clock.advance(seconds=3)
        assert epoch(service.clock()) - fetched(service)["iat"] < TTL_S
    service.clock.now -= timedelta(hours=1)
    assert fetched(service)["iat"] == epoch(service.clock())


def test_no_list_is_served_where_the_store_is_away(
    service: RunningService, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(service)

    def away() -> Any:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(service.context.store, "read", away)
    with service.client() as anyone:
        refused(anyone.get("/v1/status-lists/0"), 503, "store_unavailable")


def test_lists_follow_one_another(service: RunningService, refused: Refusal) -> None:
    with service.client() as anyone:
        for number in ("1", "-1", "99999999999999999999"):
            refused(anyone.get(f"/v1/status-lists/{number}"), 404, "unknown")
        refused(anyone.get("/v1/status-lists/x"), 422, "invalid_request")
    assert decoded(fetched(service)["status_list"]["lst"], bits=1) == [0] * LENGTH
    now = service.clock()
    with service.context.store.write() as tx:
        for index in (LENGTH - 1, LENGTH):
            tx.permits.add(
                samples.permit(
                    id=f"per_{index}",
                    status_index=index,
                    expires_at=now + timedelta(minutes=1),
                    revoked_at=now,
                )
            )
        tx.revisions.touch(now=now)
    assert place_of(LENGTH, issuer="")["status_list"] == {"idx": 0, "uri": "/v1/status-lists/1"}
    lists = [decoded(fetched(service, number)["status_list"]["lst"], bits=1) for number in (0, 1)]
    assert lists[0] == [0] * (LENGTH - 1) + [1]
    assert lists[1] == [1] + [0] * (LENGTH - 1)
