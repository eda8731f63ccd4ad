"""Status lists offline: what the service signs is read, and nothing else, however it is made."""

import tracemalloc
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_service.client import StatusList, TokenError, verify_status_list
from cameo_service.client.tokens.statuses import MOST_BYTES, unpacked
from cameo_service.permits import status_lists
from cameo_service.signing import Signer, epoch
from storage.keys import Purpose
from tests.client.signing import ISSUER, NOW, URI, KeysInMemory, compressed, list_claims

SIGNER = Signer(KeysInMemory())
JWKS = SIGNER.jwks()
PLENTY = 4 * MOST_BYTES


def verified(claims: dict[str, Any], *, now: datetime = NOW, **known: Any) -> StatusList:
    token = SIGNER.sign(Purpose.STATUS_LIST, claims)
    return verify_status_list(token, JWKS, **{"uri": URI, "issuer": ISSUER, "now": now, **known})


def code_of(claims: dict[str, Any], *, now: datetime = NOW) -> str:
    with pytest.raises(TokenError) as caught:
        verified(claims, now=now)
    return caught.value.code


def test_the_services_own_list_is_read() -> None:
    claims = status_lists.list_claims([7, 65_535], 0, issuer=ISSUER, now=NOW)
    read = verified(claims)
    assert [read.status(index) for index in (0, 6, 7, 8, 65_535)] == [
        *("valid", "valid", "invalid", "valid", "invalid")
    ]
    assert read.fresh_until(NOW) == NOW + timedelta(seconds=status_lists.TTL_S)


@given(
    bits=st.sampled_from([1, 2, 4, 8]),
    statuses=st.lists(st.integers(0, 255), min_size=1, max_size=9),
)
def test_every_size_of_status_is_read(bits: int, statuses: list[int]) -> None:
    fitting = [status % (1 << bits) for status in statuses]
    read = verified(list_claims(*fitting, bits=bits))
    for index, status in enumerate(fitting):
        if status < 3:
            assert read.status(index) == ("valid", "invalid", "suspended")[status]
        else:
            with pytest.raises(TokenError, match="status_unknown"):
                read.status(index)


@pytest.mark.parametrize("index", [-1, 8, 10**9])
def test_an_index_outside_of_the_list_is_never_valid(index: int) -> None:
    with pytest.raises(TokenError, match="status_unknown"):
        verified(list_claims()).status(index)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, "wrong_issuer"),
        ({"sub": f"{ISSUER}/v1/status-lists/1"}, "wrong_status_list"),
        ({"sub": None}, "wrong_status_list"),
        ({"exp": epoch(NOW)}, "expired"),
        ({"iat": epoch(NOW) + 1}, "not_yet_valid"),
        ({"exp": None}, "claims_malformed"),
        ({"iat": "now"}, "claims_malformed"),
        ({"ttl": -1}, "claims_malformed"),
        ({"ttl": 10**12}, "claims_malformed"),
        ({"ttl": "15"}, "claims_malformed"),
        ({"status_list": None}, "claims_malformed"),
        ({"status_list": {"bits": 3, "lst": "eNoDAAAAAAE"}}, "claims_malformed"),
        ({"status_list": {"bits": 1, "lst": ""}}, "claims_malformed"),
        ({"status_list": {"bits": 1, "lst": "!"}}, "claims_malformed"),
        ({"status_list": {"bits": 1, "lst": "é"}}, "claims_malformed"),
        ({"status_list": {"bits": 1, "lst": compressed(b"\0" * 9)[:-3]}}, "claims_malformed"),
    ],
)
def test_a_list_with_a_wrong_claim_is_refused(changes: dict[str, Any], code: str) -> None:
    assert code_of(list_claims(**changes)) == code


def test_no_other_kind_of_statement_is_a_list() -> None:
    token = SIGNER.sign(Purpose.PERMIT, list_claims())
    with pytest.raises(TokenError, match="wrong_type"):
        verify_status_list(token, JWKS, uri=URI, issuer=ISSUER, now=NOW)


def test_a_list_ends_whatever_the_leeway() -> None:
    early = NOW - timedelta(seconds=5)
    assert verified(list_claims(), now=early, leeway=timedelta(seconds=5)).status(0) == "valid"
    with pytest.raises(TokenError, match="expired"):
        verified(list_claims(), now=NOW + timedelta(seconds=300), leeway=timedelta(seconds=5))


def test_a_list_without_a_time_to_live_is_not_kept() -> None:
    assert verified(list_claims(ttl=None)).fresh_until(NOW) == NOW


def test_freshness_ends_with_the_list_and_counts_from_the_older_of_two_moments() -> None:
    ends_soon = verified(list_claims(exp=epoch(NOW) + 3))
    assert ends_soon.fresh_until(NOW) == NOW + timedelta(seconds=3)
    read, second = verified(list_claims()), timedelta(seconds=1)
    assert read.fresh_until(NOW + second) == NOW + 15 * second
    assert read.fresh_until(NOW - second) == NOW + 14 * second


def test_a_bomb_is_put_out_before_it_grows() -> None:
    bomb = compressed(b"\0" * (32 << 20))
    token = SIGNER.sign(Purpose.STATUS_LIST, list_claims(status_list={"bits": 1, "lst": bomb}))
    tracemalloc.start()
    try:
        with pytest.raises(TokenError, match="larger than"):
            verify_status_list(token, JWKS, uri=URI, issuer=ISSUER, now=NOW)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < PLENTY


def test_what_is_as_large_as_may_be_is_read_and_a_byte_more_is_not() -> None:
    assert len(unpacked(compressed(b"\0" * MOST_BYTES))) == MOST_BYTES
    with pytest.raises(TokenError, match="larger than"):
        unpacked(compressed(b"\0" * (MOST_BYTES + 1)))
