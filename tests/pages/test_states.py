"""Every state of an enrollment, as the page shows it, with the real service behind."""

from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from cameo_service.enrollments.sessions import PrincipalProtected, PrincipalSuspended
from cameo_service.errors import ServiceError, WrongState
from cameo_service.problems import CODE_OF
from storage.errors import Conflict
from storage.records import EnrollmentState
from tests.pages.visit import PATIENCE_S, Visit
from tests.service.running import RunningService, verification
from verification.report import Verdict


def test_the_statement_is_shown_in_full_and_must_be_accepted(visit: Visit) -> None:
    visit.open()
    screen = visit.screen("consent")
    expect(screen.locator(".statement")).to_have_text(visit.stored().statement["text"])
    expect(screen.locator(".statement")).to_have_attribute("lang", "en")
    visit.press("Continue")
    expect(screen.get_by_role("alert")).to_be_visible()
    visit.accept()
    visit.screen("prepare")
    assert visit.stored().statement.get("accepted_at") is None, "only a recording is acceptance"


def test_the_statement_can_be_read_on_a_phone(visit: Visit) -> None:
    """In its paragraphs, in letters of the usual size, none of it cut off or behind a scroll bar
    of its own; and whose samples go to a generator has read so before there is anything to tick."""
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.open()
    shown = visit.screen("consent").locator(".statement")
    paragraphs = visit.stored().statement["text"].split("\n\n")
    assert len(paragraphs) > 2
    assert [each.strip() for each in shown.inner_text().split("\n\n")] == paragraphs
    for said in ("stills of my face", "(a generator) is handed", "who was handed what"):
        expect(shown).to_contain_text(said)
    size, hidden = shown.evaluate(
        "it => [parseFloat(getComputedStyle(it).fontSize), it.scrollHeight - it.clientHeight]"
    )
    assert size >= 16
    assert hidden <= 0
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
    below = visit.page.get_by_role("checkbox").bounding_box()
    text = shown.bounding_box()
    assert below is not None
    assert text is not None
    assert below["y"] >= text["y"] + text["height"]


def test_the_secret_leaves_the_address_bar_and_a_reload_goes_on(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    assert visit.page.url == visit.link.partition("#")[0]
    visit.page.reload()
    visit.screen("consent")
    assert "cs_" not in visit.page.evaluate("JSON.stringify(Object.entries(sessionStorage))")


def test_all_of_it_works_by_keyboard(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    expect(visit.page.locator("h1:visible")).to_be_focused()
    keyboard = visit.page.keyboard
    for key in ("Tab", "Space", "Tab", "Enter"):
        keyboard.press(key)
    visit.screen("prepare")
    expect(visit.page.locator("h1:visible")).to_be_focused()
    for key in ("Tab", "Tab", "Enter"):
        keyboard.press(key)
    visit.screen("capture")


def test_whoever_declines_ends_the_enrollment(visit: Visit) -> None:
    visit.open()
    visit.press("I do not agree")
    visit.press("Go back")
    visit.press("I do not agree")
    visit.press("End it")
    visit.screen("canceled")
    assert visit.stored().state is EnrollmentState.CANCELED


@pytest.mark.parametrize(
    ("fragment", "sentence"),
    [("", "incomplete"), ("#cs_wrong", "not valid")],
    ids=["no secret", "wrong secret"],
)
def test_a_broken_link_is_explained(visit: Visit, fragment: str, sentence: str) -> None:
    visit.page.goto(visit.link.partition("#")[0] + fragment)
    screen = visit.screen("problem")
    expect(screen.get_by_role("alert")).to_contain_text(sentence)
    expect(screen.get_by_role("button")).to_have_count(0)


def test_the_whole_link_mends_a_broken_one_in_the_same_tab(visit: Visit) -> None:
    visit.page.goto(visit.link.partition("#")[0] + "#cs_wrong")
    visit.screen("problem")
    visit.open()
    visit.screen("consent")


def test_a_link_opens_once(visit: Visit, browser: Browser) -> None:
    visit.open()
    visit.screen("consent")
    stranger = browser.new_context()
    stranger.set_default_timeout(PATIENCE_S * 1000)
    elsewhere = replace(visit, page=stranger.new_page())
    elsewhere.open()
    expect(elsewhere.screen("problem").get_by_role("alert")).to_contain_text("opens only once")
    stranger.close()


def test_an_unreachable_service_does_not_cost_the_link(visit: Visit) -> None:
    visit.page.route("**/open", lambda route: route.abort())
    visit.open()
    expect(visit.screen("problem").get_by_role("alert")).to_contain_text("cannot be reached")
    visit.page.unroute("**/open")
    visit.press("Try again")
    visit.screen("consent")


def test_verified(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    visit.service.conclude(visit.id, verification(Verdict.VERIFIED))
    visit.page.reload()
    screen = visit.screen("verified")
    expect(screen).to_contain_text("has been deleted")
    expect(screen).to_contain_text("only what you agreed to is kept")
    expect(screen).to_contain_text(str(visit.stored().cameo_id))


@pytest.mark.parametrize("script", [True, False])
def test_the_page_leads_to_what_is_kept(
    browser: Browser, service: RunningService, *, script: bool
) -> None:
    """Without a script, too: a link without a name would be read out as nothing."""
    with closing(browser.new_context(java_script_enabled=script)) as profile:
        profile.set_default_timeout(PATIENCE_S * 1000)
        visit = Visit.invited(profile.new_page(), service)
        visit.open()
        link = visit.page.get_by_role("link", name="What is kept, and for how long")
        with profile.expect_page() as opened:
            link.click()
        expect(opened.value.get_by_role("heading", level=1)).to_have_text(
            "What is kept, and for how long"
        )


WIDER = """
(screen) => [...screen.querySelectorAll('p')]
  .filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => each.textContent)
"""


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (1280, 600), (1280, 900)])
def test_prompts_are_in_view_wherever_start_was(visit: Visit, size: tuple[int, int]) -> None:
    width, height = size
    visit.page.set_viewport_size({"width": width, "height": height})
    visit.start_recording()
    visit.wait_for_prompts()
    shown = visit.page.locator("[data-part=stage] .oval").bounding_box()
    assert shown is not None
    assert shown["y"] >= 0, shown
    assert shown["y"] + shown["height"] <= height, shown


def test_a_long_id_stays_within_the_sheet_on_a_narrow_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 320, "height": 568})
    visit.open()
    visit.screen("consent")
    visit.service.conclude(visit.id, verification(Verdict.VERIFIED))
    visit.page.reload()
    assert visit.screen("verified").evaluate(WIDER) == []


def test_needs_review(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    visit.service.conclude(visit.id, verification(Verdict.NEEDS_REVIEW))
    visit.page.reload()
    expect(visit.screen("needs_review")).not_to_contain_text("has been deleted")


def test_every_failed_attempt_tells_why_and_how_many_are_left(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    for left in ("2 more attempts", "one more attempt"):
        visit.service.conclude(visit.id, verification(Verdict.REJECTED))
        visit.page.reload()
        screen = visit.screen("again")
        expect(screen).to_contain_text(visit.reason())
        expect(screen).to_contain_text(left)
    visit.service.conclude(visit.id, verification(Verdict.REJECTED))
    visit.page.reload()
    expect(visit.screen("canceled")).to_contain_text(visit.reason())


def test_try_again_leads_to_the_camera_without_another_statement(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    visit.service.conclude(visit.id, verification(Verdict.REJECTED))
    visit.page.reload()
    visit.press("Try again")
    visit.screen("capture")
    visit.press("Turn the camera off")
    visit.screen("prepare")


def test_expired(visit: Visit) -> None:
    visit.open()
    visit.screen("consent")
    visit.service.clock.advance(hours=2)
    visit.page.reload()
    visit.screen("expired")


def test_without_script_the_page_says_what_is_needed(visit: Visit, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False)
    plain.set_default_timeout(PATIENCE_S * 1000)
    page = plain.new_page()
    page.goto(visit.link)
    expect(page.get_by_role("heading")).to_have_text("This page needs JavaScript")
    plain.close()


OURS = {"already_enrolled", "answer_erased", "cameo_not_renewable", "unsupported_media_type"}
"""Told to platforms, never to the page."""


def subclasses_of(error: type[ServiceError]) -> list[type[ServiceError]]:
    """Those of enrollments: the page meets no other."""
    found = [error, *(one for below in error.__subclasses__() for one in subclasses_of(below))]
    houses = ("cameo_service.errors", "cameo_service.enrollments.")
    return [each for each in found if each.__module__.startswith(houses)]


def test_what_the_service_can_answer_here_has_a_sentence_of_its_own(
    page: Page, service: RunningService
) -> None:
    page.goto(f"{service.url}/enroll/enr_none")
    codes = [
        *("offline", "unreadable", "no_secret", "wrong_client_secret", "client_secret_spent"),
        *("unauthenticated", "store_unavailable", "internal_error", "media_too_large"),
        *("media_not_video", "media_too_short", "media_codec_refused", "invalid_request"),
        *("recording_missing", "statement_not_accepted", "cage_unavailable"),
        *("timeline_malformed", "prompts_not_shown"),
        *(code for code in CODE_OF.values() if code not in OURS),
        *(PrincipalSuspended.code, PrincipalProtected.code),
        Conflict.code,
        *(error.code for error in subclasses_of(WrongState) if error.code not in OURS),
    ]
    said = page.evaluate(
        """async (codes) => {
          const {sayProblem} = await import('/static/say.js');
          return codes.filter((code) => sayProblem({code, detail: 'DETAIL'}).includes('DETAIL'));
        }""",
        codes,
    )
    assert said == []


def test_the_page_is_guarded_by_its_headers(service: RunningService) -> None:
    with service.client() as client:
        page = client.get("/enroll/enr_%22%3E%3Cscript%3Ealert(1)%3C")
        script = client.get("/static/enroll.js")
    assert "<script>alert" not in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert page.headers["permissions-policy"] == "camera=(self), microphone=(self)"
    assert script.headers["cache-control"] == page.headers["cache-control"] == "no-cache"
