"""When there is no camera, or no permission for it."""

from dataclasses import replace

from playwright.sync_api import Browser, Playwright, expect

from tests.pages.browser import ALLOW, DENY, DEVICES, INSECURE_HOST, chromium
from tests.pages.conftest import quiet_page
from tests.pages.visit import Visit
from tests.service.running import RunningService


def reach_devices(visit: Visit, sentence: str) -> None:
    """Ask for the devices, twice, and read why there are none."""
    visit.open()
    visit.accept()
    visit.turn_camera_on()
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)
    visit.press("Try again")
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)


def visit_with(browser: Browser, service: RunningService, sentence: str) -> None:
    with quiet_page(browser, service) as page:
        reach_devices(Visit.invited(page, service), sentence)


def test_a_denied_permission_is_explained(playwright: Playwright, service: RunningService) -> None:
    with chromium(playwright, DEVICES, DENY) as browser:
        visit_with(browser, service, "may not use your camera and microphone")


def test_a_missing_camera_is_explained(playwright: Playwright, service: RunningService) -> None:
    with chromium(playwright, ALLOW) as browser:
        visit_with(browser, service, "We found no camera")


def test_an_insecure_address_is_explained(visit: Visit) -> None:
    link = visit.link.replace("127.0.0.1", INSECURE_HOST)
    reach_devices(replace(visit, link=link), "https://")


def test_a_browser_without_a_recorder_is_told_so(visit: Visit) -> None:
    visit.page.add_init_script("delete window.MediaRecorder")
    reach_devices(visit, "cannot record video")
