"""Lists over real HTTP: every page, once, in order, and no further."""

import pytest

from cameo_service.client import MalformedAnswer, ProblemError
from tests.client.answering import Answer, Ask, answering


def page(*names: str, cursor: str | None = None) -> Answer:
    body = {"object": "list", "data": names, "has_more": cursor is not None, "next_cursor": cursor}
    return Answer(200, body)


def test_a_list_is_gone_through_page_by_page(ask_all: Ask) -> None:
    pages = (page("user:ann", "user:bob", cursor="a/b?"), page(cursor="c"), page("user:cleo"))
    with answering(*pages) as service:
        assert ask_all(service.url, "list_mutuals", "user:zoe") == [
            *("user:ann", "user:bob", "user:cleo")
        ]
    assert [seen.path for seen in service.seen] == [
        "/v1/principals/user%3Azoe/mutuals?limit=100",
        "/v1/principals/user%3Azoe/mutuals?limit=100&after=a%2Fb%3F",
        "/v1/principals/user%3Azoe/mutuals?limit=100&after=c",
    ]


def test_a_list_carries_its_question(ask_all: Ask) -> None:
    with answering(page()) as service:
        assert ask_all(service.url, "list_grants", grantee="user:bob") == []
    assert service.seen[0].path == "/v1/grants?grantee=user%3Abob&limit=100"


def test_a_list_that_goes_in_circles_is_left(ask_all: Ask) -> None:
    with (
        answering(page("user:ann", cursor="c")) as service,
        pytest.raises(MalformedAnswer, match="leads back"),
    ):
        ask_all(service.url, "list_mutuals", "user:zoe")
    assert len(service.seen) == 2


def test_a_page_is_tried_again_and_a_problem_is_raised(ask_all: Ask) -> None:
    with answering(Answer(None), page("user:ann")) as service:
        assert ask_all(service.url, "list_mutuals", "user:zoe") == ["user:ann"]
    problem = {"code": "missing_scope", "detail": "…"}
    with (
        answering(page("user:ann", cursor="c"), Answer(403, problem)) as service,
        pytest.raises(ProblemError) as caught,
    ):
        ask_all(service.url, "list_mutuals", "user:zoe")
    assert caught.value.code == "missing_scope"
