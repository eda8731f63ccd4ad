"""The real service, and a real browser in front of it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from cameo_service.settings import Settings
from tests.kinds import Kind
from tests.pages.browser import ALLOW, DEVICES, INSECURE_HOST, chromium
from tests.pages.visit import PATIENCE_S, Visit

# The service's own fixtures: the same server, over the same stores.
from tests.service.conftest import clock, context, platform, service
from tests.service.running import RunningService
from verification.limits import Limits

__all__ = ["clock", "context", "platform", "service"]


MISSING_S = 10.0
"""So much may be missing of a recording here."""


def patient(limits: Limits, duration_ms: int) -> Limits:
    """The limits for a challenge of this length, on a machine whose camera stalls."""
    return replace(limits, shortest_s=max(0.1, duration_ms / 1000 - MISSING_S))


@pytest.fixture
def settings(
    tmp_path: Path, databases: Kind, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Test machines are busy: they draw a page late that is not slow by itself, and record less."""
    monkeypatch.setattr(Limits, "for_challenge", patient)
    with databases.begun(tmp_path / "data", prompts_late_ms=2_000) as chosen:
        yield chosen


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with its own test picture and beep, and every permission given."""
    with chromium(playwright, DEVICES, ALLOW) as running:
        yield running


@contextmanager
def quiet_page(browser: Browser, service: RunningService) -> Iterator[Page]:
    """A page of its own profile, in which no script fails and nothing foreign is loaded."""
    complaints: list[str] = []
    insecure = service.url.replace("127.0.0.1", INSECURE_HOST)

    def overhear(message: ConsoleMessage) -> None:
        # Chromium reports every answer of 4xx here, which tests provoke.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    with closing(browser.new_context(locale="en-GB", reduced_motion="reduce")) as profile:
        page = profile.new_page()
        page.on("console", overhear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((service.url, insecure))
                else complaints.append(f"foreign request: {request.url}")
            ),
        )
        page.set_default_timeout(PATIENCE_S * 1000)
        yield page
    assert complaints == []


@pytest.fixture
def page(browser: Browser, service: RunningService) -> Iterator[Page]:
    with quiet_page(browser, service) as opened:
        yield opened


@pytest.fixture
def visit(page: Page, service: RunningService) -> Visit:
    """A person with a fresh link, who has not opened it yet."""
    return Visit.invited(page, service)
