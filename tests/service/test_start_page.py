"""The front door: a page for browsers, and the same links for programs."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from importlib.metadata import version
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest

from cameo_service.log.sequencing import Sequencer
from tests.service.running import Clock, RunningService, serving

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAMED = {
    "operator_name": "Example & Sons <b>GmbH</b>",
    "operator_address": "1 Main Street, 10115 Berlin",
    "operator_contact": "privacy@example.com",
}


class Links(HTMLParser):
    """Where each link of a page leads, with its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs)["href"] or "")


@contextmanager
def run_by(service: RunningService, **settings: str) -> Iterator[httpx2.Client]:
    """The same deployment, with these settings; the client sends what a browser does."""
    chosen = service.context.settings.model_copy(update=settings)
    context = replace(service.context, settings=chosen)
    with serving(context, Clock()) as other, other.client() as client:
        client.headers["accept"] = BROWSER
        yield client


def leaves(document: Any) -> list[str]:
    if isinstance(document, dict):
        return [leaf for each in document.values() for leaf in leaves(each)]
    return [document] if isinstance(document, str) else []


def test_every_way_on_leads_somewhere(service: RunningService) -> None:
    Sequencer(service.context).catch_up()
    with service.client() as anyone:
        page = anyone.get("/", headers={"accept": BROWSER})
        document = anyone.get("/", headers={"accept": "application/json"}).json()
        linked = {urljoin("/", path) for path in Links(page.text).found}
        for path in linked:
            assert anyone.get(path).status_code == 200, path
    issuer = service.context.settings.issuer
    said = [each for each in leaves(document) if each.startswith("http")]
    assert {each.removeprefix(issuer) for each in said} == linked
    assert {"/retention", "/openapi.json", "/.well-known/jwks.json", "/log/checkpoint"} < linked


def test_it_has_the_headers_of_every_page(service: RunningService) -> None:
    with service.client() as anyone:
        start = anyone.get("/", headers={"accept": BROWSER})
        known = anyone.get("/retention")
    varying = {"content-length", "date", "x-request-id"}
    had = {name: value for name, value in known.headers.items() if name not in varying}
    assert had.items() <= {**start.headers}.items()
    assert had["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in had["content-security-policy"]
    assert start.headers["vary"] == "Accept"
    # which forbids both
    assert "<script" not in start.text
    assert "style=" not in start.text


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (BROWSER, "text/html"),
        ("*/*", "text/html"),
        ("", "text/html"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html;q=0.4, application/json;q=0.5", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("application/json;q=x, text/*", "text/html"),
        ("image/png", "text/html"),
        (";;q=,/,", "text/html"),
    ],
)
def test_it_comes_in_the_form_that_is_wanted(
    service: RunningService, accept: str, form: str
) -> None:
    with service.client() as anyone:
        got = anyone.get("/", headers={"accept": accept})
        head = anyone.head("/", headers={"accept": accept})
    assert got.status_code == head.status_code == 200
    assert got.headers["content-type"].startswith(form)
    assert head.content == b""
    for name in ("content-type", "content-length", "vary", "content-security-policy"):
        assert head.headers[name] == got.headers[name]


def test_several_lines_of_a_header_are_one_list(service: RunningService) -> None:
    lines = [("accept", "text/html;q=0.1"), ("accept", "application/json")]
    with httpx2.Client(base_url=service.url, headers=lines) as anyone:
        assert anyone.get("/").headers["content-type"] == "application/json"


def test_it_says_who_runs_the_service_where_the_settings_do(service: RunningService) -> None:
    with run_by(service, **NAMED) as anyone:
        page = anyone.get("/").text
        document = anyone.get("/", headers={"accept": "application/json"}).json()
    assert "<b>" not in page
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
    assert "Example & Sons <b>GmbH</b> runs this service." in text
    assert "Address of the operator: 1 Main Street, 10115 Berlin." in text
    assert Links(page).found[0] == "mailto:privacy@example.com"
    assert document["operator"] == {
        "name": NAMED["operator_name"],
        "address": NAMED["operator_address"],
        "contact": NAMED["operator_contact"],
    }


def test_it_says_nothing_of_an_operator_whom_the_settings_do_not_name(
    service: RunningService,
) -> None:
    with service.client() as anyone:
        page = anyone.get("/", headers={"accept": BROWSER}).text
        document = anyone.get("/", headers={"accept": "application/json"}).json()
    assert "runs this service" not in page
    assert "Contact" not in page
    assert document["operator"] is None


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("https://example.com/privacy", "https://example.com/privacy"),
        ("a&b?c@example.com", "mailto:a%26b%3Fc@example.com"),
        ("javascript:alert(1)", None),
        ("data:text/html,x@y", None),
        ("call +49 30 123", None),
        ("//example.com", None),
    ],
)
def test_a_contact_is_a_link_where_it_is_an_address(
    service: RunningService, contact: str, link: str | None
) -> None:
    with run_by(service, operator_contact=contact) as anyone:
        page = anyone.get("/").text
    assert contact in html.unescape(page)
    abroad = [each for each in Links(page).found if ":" in each]
    assert abroad == ([link] if link else [])


def test_it_tells_neither_a_version_nor_of_anybody(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    for accept in (BROWSER, "application/json"):
        with service.client() as anyone:
            got = anyone.get("/", headers={"accept": accept})
        shown = got.text + str(sorted(got.headers.items()))
        for hidden in (cameo, "user:", "org:platform", version("uvicorn"), version("fastapi")):
            assert hidden not in shown
        assert re.search(r"\d+\.\d+\.\d+", got.text.replace("127.0.0.1", "")) is None
        known = platform.get("/", headers={"accept": accept})
        assert known.text == got.text
