"""The start page in a browser: narrow, by keyboard, in the dark."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import quiet_page
from tests.service.running import RunningService

WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
LUMINANCES = """() => {
  const channel = value => value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4;
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(part => channel(part / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const sheet = luminance(getComputedStyle(document.querySelector(".sheet")).backgroundColor);
  const texts = [...document.querySelectorAll("h1, h2, .lead, .sheet > p:not(.note), main a")];
  return [sheet, ...texts.map(each => luminance(getComputedStyle(each).color))];
}"""
"""Of the sheet and of each text on it, 0 to 1 (WCAG 2.2, relative luminance)."""


@contextmanager
def started(browser: Browser, service: RunningService) -> Iterator[Page]:
    with quiet_page(browser, service) as page:
        page.goto(service.url)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        yield page


def test_it_fits_a_narrow_phone(browser: Browser, service: RunningService) -> None:
    with started(browser, service) as page:
        page.set_viewport_size({"width": 320, "height": 568})
        assert not page.evaluate(WIDER)
        for link in page.get_by_role("main").get_by_role("link").all():
            box = link.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320
            # WCAG 2.2, 2.5.8
            assert box["height"] >= 24


def test_every_link_is_reached_by_keyboard_and_shows_it(
    browser: Browser, service: RunningService
) -> None:
    with started(browser, service) as page:
        links = page.get_by_role("link").all()
        for link in links:
            page.keyboard.press("Tab")
            expect(link).to_be_focused()
            assert link.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
        first = links[0]
        first.focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{service.url}/retention")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_in_the_light_and_in_the_dark(
    browser: Browser, service: RunningService, scheme: str
) -> None:
    with started(browser, service) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        sheet, *texts = page.evaluate(LUMINANCES)
    assert (sheet < 0.1) is (scheme == "dark")
    for text in texts:
        # WCAG 2.2, 1.4.3
        assert (max(sheet, text) + 0.05) / (min(sheet, text) + 0.05) >= 4.5


def test_its_headings_and_lists_are_named(browser: Browser, service: RunningService) -> None:
    with started(browser, service) as page:
        headings = [each.inner_text() for each in page.get_by_role("heading", level=2).all()]
        assert len(headings) == 3
        for name in headings:
            expect(page.get_by_role("list", name=name)).to_be_visible()
