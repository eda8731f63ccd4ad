"""When there is no camera, or no permission for it."""

from dataclasses import replace

from playwright.sync_api import Playwright, expect

from tests.pages.browser import ALLOW, DENY, DEVICES, INSECURE_HOST, chromium
from tests.pages.conftest import quiet_page
from tests.pages.visit import Visit
from tests.service.running import RunningService


def meet_problem(visit: Visit, sentence: str) -> None:
    """Read why nothing can be recorded, and that trying again changes nothing by itself."""
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)
    visit.press("Try again")
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)


def is_unspent(visit: Visit) -> bool:
    """Whether the link still works, from another browser as well."""
    return visit.page.url == visit.link and visit.stored().client_secret_spent_at is None


def test_a_denied_permission_is_explained(playwright: Playwright, service: RunningService) -> None:
    with (
        chromium(playwright, DEVICES, DENY) as browser,
        quiet_page(browser, service) as page,
    ):
        visit = Visit.invited(page, service)
        visit.open()
        visit.accept()
        visit.turn_camera_on()
        meet_problem(visit, "may not use your camera and microphone")


def test_without_a_camera_the_link_is_not_spent(
    playwright: Playwright, service: RunningService
) -> None:
    with chromium(playwright, ALLOW) as browser, quiet_page(browser, service) as page:
        visit = Visit.invited(page, service)
        visit.open()
        meet_problem(visit, "We found no camera")
        assert is_unspent(visit)


def test_at_an_insecure_address_the_link_is_not_spent(visit: Visit) -> None:
    elsewhere = replace(visit, link=visit.link.replace("127.0.0.1", INSECURE_HOST))
    elsewhere.open()
    meet_problem(elsewhere, "https://")
    assert is_unspent(elsewhere)


def test_without_a_recorder_the_link_is_not_spent(visit: Visit) -> None:
    visit.page.add_init_script("delete window.MediaRecorder")
    visit.open()
    meet_problem(visit, "cannot record video")
    assert is_unspent(visit)
