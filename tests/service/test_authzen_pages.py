"""AuthZEN's page tokens, without a service: sealed, for one search, for a while."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameo_service.authzen.paging import LARGEST_SIZE, PageIn, next_token, open_page
from cameo_service.authzen.reading import shape
from cameo_service.authzen.refusals import BadRequest
from cameo_service.authzen.sealing import Ended, NotOurs, Seal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEAL = Seal(b"k" * 32)
SEARCHED = {"subject": {"type": "user"}, "resource": {"type": "cameo", "id": "cam_1"}}


def a_token(**changed: Any) -> str:
    page = open_page(PageIn(limit=2, **changed), SEARCHED, seal=SEAL, owner="ck_1", now=NOW)
    return next_token(page, [1, "user:bob"], seal=SEAL, now=NOW)


def test_a_page_goes_on_where_the_last_one_ended() -> None:
    for page in (PageIn(token=a_token()), PageIn(token=a_token(), limit=2)):
        opened = open_page(page, dict(reversed(SEARCHED.items())), seal=SEAL, owner="ck_1", now=NOW)
        assert (opened.size, opened.position) == (2, [1, "user:bob"])


@pytest.mark.parametrize(
    ("page", "question", "owner", "later", "code"),
    [
        ({}, SEARCHED, "ck_2", 0, "page_token_invalid"),
        ({}, {**SEARCHED, "context": {}}, "ck_1", 0, "page_changed"),
        ({"limit": 3}, SEARCHED, "ck_1", 0, "page_changed"),
        ({}, SEARCHED, "ck_1", 3_600, "page_token_expired"),
    ],
)
def test_a_token_serves_its_own_search_only(
    page: dict[str, Any], question: dict[str, Any], owner: str, later: int, code: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        open_page(
            PageIn(token=a_token(), **page),
            question,
            seal=SEAL,
            owner=owner,
            now=NOW + timedelta(seconds=later),
        )
    assert refused.value.code == code


@given(st.integers(min_value=0), st.text(max_size=3))
def test_no_altered_token_opens(place: int, put: str) -> None:
    token = a_token()
    at = place % len(token)
    altered = token[:at] + put + token[at + 1 :]
    if altered == token:
        return
    with pytest.raises((NotOurs, Ended)):
        SEAL.open("page", altered, owner="ck_1", now=NOW)


def test_a_token_has_one_spelling() -> None:
    tokens = (a_token() for _ in range(1_000))
    token = next(each for each in tokens if "_" in each or "-" in each)
    for altered in (token.translate({ord("_"): "/", ord("-"): "+"}), token + "=", token + "\n"):
        with pytest.raises(NotOurs):
            SEAL.open("page", altered, owner="ck_1", now=NOW)


def test_a_token_of_another_purpose_does_not_open() -> None:
    with pytest.raises(NotOurs):
        SEAL.open("denial", a_token(), owner="ck_1", now=NOW)
    with pytest.raises(NotOurs):
        Seal(b"l" * 32).open("page", a_token(), owner="ck_1", now=NOW)


@pytest.mark.parametrize("page", [{"limit": -1}, {"limit": 1.5}, {"limit": "2"}, {"token": 1}])
def test_an_ill_typed_page_is_refused(page: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        shape(page, PageIn)


def test_a_page_has_an_upper_limit() -> None:
    assert PageIn(limit=10_000).size == LARGEST_SIZE
    assert PageIn(limit=0).size == 0
