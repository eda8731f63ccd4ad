"""What a person cannot do: chosen on the page, drawn anew, and read out where they cannot see."""

from typing import Any

from playwright.sync_api import Page, expect

from storage.records import EnrollmentState
from tests.pages.scripts import WATCH_PROMPTS
from tests.pages.visit import Visit
from tests.service.running import RunningService
from verification.challenge import (
    Accommodation,
    Blink,
    Challenge,
    Direction,
    SpokenDigit,
    Turn,
    to_document,
)

CHOICE = "I cannot turn my head, speak, or see the prompts"
HEARD = Challenge(
    steps=(
        SpokenDigit(digit=4, start_ms=1_000, duration_ms=1_000),
        Turn(direction=Direction.UP, start_ms=3_200, duration_ms=1_000),
        Blink(start_ms=5_400, duration_ms=1_000),
    ),
    duration_ms=6_600,
    accommodations=frozenset({Accommodation.HEARD_PROMPTS}),
)
BUSY_MS = 250
"""How far apart page and test may hear of the recorder's start on a busy machine."""

SETTLE_MS = 400
"""How long after a step the next one is read out."""

WATCH_VOICE = """
(() => {
  window.heard = [];
  let began = 0;
  let late = 0;
  const note = (what) => window.heard.push([what, performance.now() - late - began]);
  const later = window.setTimeout.bind(window);
  window.setTimeout = (call, delay = 0, ...given) => {
    const due = performance.now() - late + delay;
    return later(() => {
      late = performance.now() - due;
      try { call(...given); } finally { late = 0; }
    }, delay);
  };
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (...given) {
    this.addEventListener('start', ({timeStamp}) => {
      began = performance.now();
      window.heardLate = began - timeStamp;
    });
    return start.apply(this, given);
  };
  const beep = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...given) {
    note('tone');
    return beep.apply(this, given);
  };
  Object.defineProperty(window, 'speechSynthesis', {value: {
    getVoices: () => [{}],
    speak: ({text, lang}) => note(`${lang}: ${text}`),
    cancel: () => note('hush'),
  }});
})()
"""
"""A browser with a voice (test machines have none), and when it was asked to speak.

What a timer did counts for the moment that the timer was set for: a busy machine is late with it.
"""

WATCH_REGION = """
(() => {
  window.told = [];
  new MutationObserver((changes) => {
    for (const {target} of changes) {
      const step = target.closest?.('[data-part=stage]')?.dataset.step;
      if (target.dataset?.part === 'spoken' && target.textContent) {
        window.told.push([target.textContent, step]);
      }
    }
  }).observe(document, {subtree: true, childList: true});
})()
"""


def choose(visit: Visit, *labels: str) -> None:
    visit.page.get_by_text(CHOICE).click()
    for label in labels:
        visit.page.get_by_label(label).check()
    visit.press("Change the prompts")


def to_prepare(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.screen("prepare")


def kinds(visit: Visit) -> set[str]:
    return {step["kind"] for step in visit.stored().challenge["steps"]}


def test_what_is_chosen_is_drawn_and_shown(visit: Visit) -> None:
    before = visit.stored().challenge
    to_prepare(visit)
    screen = visit.screen("prepare")
    expect(screen.get_by_role("heading", name="Turn your head")).to_be_visible()
    choose(visit, "I cannot turn my head")
    expect(screen.get_by_role("status")).to_contain_text("The prompts have been changed")
    expect(screen.get_by_role("heading", name="Turn your head")).to_be_hidden()
    expect(screen.get_by_role("heading", name="Close your eyes")).to_be_visible()
    expect(screen.get_by_role("heading", name="Say the digit")).to_be_visible()
    stored = visit.stored()
    assert stored.challenge["accommodations"] == ["head_still"]
    assert kinds(visit) == {"blink", "digit"}
    assert stored.challenge["steps"] != before["steps"]
    seconds = -(-stored.challenge["duration_ms"] // 1000)
    expect(screen).to_contain_text(f"It takes {seconds} seconds")
    # and it can be taken back
    visit.page.get_by_label("I cannot turn my head").uncheck()
    visit.press("Change the prompts")
    expect(screen.get_by_role("heading", name="Turn your head")).to_be_visible()
    assert visit.stored().challenge["accommodations"] == []


def test_a_choice_that_was_not_applied_is_applied_before_the_camera(visit: Visit) -> None:
    to_prepare(visit)
    visit.page.get_by_text(CHOICE).click()
    visit.page.get_by_label("I cannot speak").check()
    visit.turn_camera_on()
    screen = visit.screen("prepare")
    expect(screen.get_by_role("heading", name="Say the digit")).to_be_hidden()
    assert kinds(visit) == {"turn", "blink"}
    visit.turn_camera_on()
    capture = visit.screen("capture")
    # nobody who cannot speak is asked to say a few words
    expect(capture.get_by_text("say a few words")).to_be_hidden()


def test_the_choice_is_made_by_keyboard_and_described(visit: Visit) -> None:
    to_prepare(visit)
    keyboard = visit.page.keyboard
    for key in ("Tab", "Enter", "Tab", "Space"):
        keyboard.press(key)
    box = visit.page.get_by_label("I cannot turn my head")
    expect(box).to_be_checked()
    expect(box).to_have_accessible_description(
        "You will not be asked to. Afterwards a person looks at your recording."
    )
    for key in ("Tab", "Tab", "Tab", "Enter"):
        keyboard.press(key)
    expect(visit.screen("prepare").get_by_role("status")).to_be_visible()
    expect(visit.page.locator("h1:visible")).to_be_focused()
    assert visit.stored().challenge["accommodations"] == ["head_still"]


def test_what_the_platform_chose_is_shown(visit: Visit) -> None:
    visit.change(challenge=to_document(HEARD))
    to_prepare(visit)
    expect(visit.page.get_by_label("I cannot see the prompts")).to_be_checked()
    expect(visit.screen("prepare")).to_contain_text("a short tone follows")


def test_after_a_rejection_something_else_can_be_asked_for(visit: Visit) -> None:
    with visit.service.context.store.read() as tx:
        statement = tx.enrollments.get(visit.id).statement
    error = {"code": "turns_not_followed", "reason": "The head turns do not match the prompts."}
    visit.change(
        last_error=error, attempt=2, statement={**statement, "accepted_at": "2026-11-22T12:00:00Z"}
    )
    visit.open()
    visit.screen("again")
    visit.press("I cannot do what is asked")
    visit.screen("prepare")
    visit.page.get_by_label("I cannot turn my head").check()
    with visit.page.expect_response("**/challenge"):
        visit.turn_camera_on()
    turn = visit.screen("prepare").get_by_role("heading", name="Turn your head")
    expect(turn).to_be_hidden()
    visit.turn_camera_on()
    visit.screen("capture")
    assert visit.stored().challenge["accommodations"] == ["head_still"]
    assert visit.stored().attempt == 2


def test_prompts_are_read_out_before_their_steps_and_never_during_one(visit: Visit) -> None:
    visit.page.add_init_script(WATCH_PROMPTS)
    visit.page.add_init_script(WATCH_VOICE)
    visit.record(HEARD)
    heard: list[tuple[str, float]] = [(what, at) for what, at in recorded(visit.page)]
    ahead = BUSY_MS + visit.page.evaluate("window.heardLate")
    said = [what for what, _ in heard if what not in ("tone", "hush")]
    assert said == ["en: Say 4", "en: Look up", "en: Blink"]
    tones = [at for what, at in heard if what == "tone"]
    for step, tone in zip(HEARD.steps, tones, strict=True):
        assert step.start_ms - ahead <= tone < step.start_ms
    speaking = [at for what, at in heard if what not in ("tone", "hush")]
    for (before, after), at in zip(
        zip((None, *HEARD.steps), HEARD.steps, strict=False), speaking, strict=True
    ):
        assert (before.end_ms if before else -ahead) <= at < after.start_ms
    # whatever is left of a sentence is cut off before the step begins
    for step in HEARD.steps:
        assert any(
            what == "hush" and step.start_ms - ahead <= at < step.start_ms for what, at in heard
        )
    assert visit.stored().state is EnrollmentState.PROCESSING


def test_without_a_voice_the_screen_reader_speaks_before_the_steps(visit: Visit) -> None:
    visit.page.add_init_script(WATCH_PROMPTS)
    visit.page.add_init_script(WATCH_REGION)
    visit.record(HEARD)
    # the countdown is read out as numbers alone
    told = [tuple(each) for each in visit.page.evaluate("window.told") if not each[0].isdigit()]
    assert [text for text, _ in told] == ["Say 4", "Look up", "Blink"]
    # the first may come before anything is drawn, and each before a busy machine has drawn the rest
    late = visit.page.evaluate("window.stalled") >= SETTLE_MS
    assert late or {step for _, step in told} <= {None, "count", "rest"}


def recorded(page: Page) -> list[tuple[str, float]]:
    found: Any = page.evaluate("window.heard.filter(([, at]) => Math.abs(at) < 60000)")
    return [(str(what), float(at)) for what, at in found]


def test_announcements_leave_every_window_silent(page: Page, service: RunningService) -> None:
    page.goto(f"{service.url}/enroll/enr_none")
    found = page.evaluate(
        """async (challenge) => {
          const {announcementsOf, TONE_MS} = await import('/static/announce.js');
          return announcementsOf(challenge).map((one) => ({...one, over: one.tone + TONE_MS}));
        }""",
        to_document(HEARD),
    )
    ends = (0, *(step.end_ms for step in HEARD.steps))
    for one, step, free in zip(found, HEARD.steps, ends, strict=False):
        assert free <= one["words"] < one["until"] <= one["tone"]
        assert one["over"] < step.start_ms
