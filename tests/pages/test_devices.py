"""When there is no camera, or no permission for it."""

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.pages.browser import ARGUMENTS, DENY, chromium, chromium_path
from tests.pages.conftest import quiet_page
from tests.pages.visit import Visit
from tests.service.running import RunningService


def reach_devices(browser: Browser, service: RunningService, sentence: str) -> None:
    with quiet_page(browser, service) as page:
        visit = Visit.invited(page, service)
        visit.open()
        visit.accept()
        visit.turn_camera_on()
        expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)
        visit.press("Try again")
        expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)


def test_a_denied_permission_is_explained(playwright: Playwright, service: RunningService) -> None:
    with chromium(playwright, permission=DENY) as browser:
        reach_devices(browser, service, "may not use your camera and microphone")


def test_a_missing_camera_is_explained(playwright: Playwright, service: RunningService) -> None:
    arguments = [one for one in ARGUMENTS if "fake-device" not in one]
    browser = playwright.chromium.launch(
        executable_path=chromium_path(), headless=False, args=arguments
    )
    try:
        reach_devices(browser, service, "We found no camera")
    finally:
        browser.close()


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("delete Window.prototype.isSecureContext; window.isSecureContext = false", "https://"),
        ("delete window.MediaRecorder", "cannot record video"),
    ],
    ids=["insecure address", "no recorder"],
)
def test_a_browser_that_cannot_is_told_so(visit: Visit, missing: str, sentence: str) -> None:
    visit.page.add_init_script(missing)
    visit.open()
    visit.accept()
    visit.turn_camera_on()
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text(sentence)
