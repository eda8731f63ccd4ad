"""One person's visit to the capture page.

visit = Visit.invited(page, service)
visit.open()
visit.accept()
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from playwright.sync_api import Locator, Page, expect

from storage.records import EnrollmentRecord
from tests.pages.scripts import QUICK_COUNTDOWN
from tests.service.running import RunningService
from verification.challenge import Challenge, Direction, SpokenDigit, Turn, to_document

SHORT = Challenge(
    steps=(
        SpokenDigit(digit=4, start_ms=500, duration_ms=900),
        Turn(direction=Direction.LEFT, start_ms=1_500, duration_ms=900),
    ),
    duration_ms=2_600,
)
"""A challenge for tests that need a recording but no verdict on it."""

LONG = replace(SHORT, duration_ms=20_000)
"""A challenge for tests that end the recording before its time."""


PATIENCE_S = 60.0
"""How long a page may take on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The page, and the enrollment that it is about."""

    page: Page
    service: RunningService
    id: str
    link: str

    @classmethod
    def invited(
        cls, page: Page, service: RunningService, created: dict[str, Any] | None = None
    ) -> Self:
        """A person who was sent the link of a new enrollment."""
        if created is None:
            created = invite(service)
        id = str(created["id"])
        link = f"{service.url}/enroll/{id}#{created['client_secret']}"
        return cls(page=page, service=service, id=id, link=link)

    def open(self) -> None:
        """Follow the link."""
        self.page.goto(self.link)

    def accept(self) -> None:
        """Agree to the statement."""
        self.page.get_by_role("checkbox").check()
        self.page.get_by_role("button", name="Continue").click()

    def turn_camera_on(self) -> None:
        """Ask for the devices."""
        self.page.get_by_role("button", name="Turn on camera and microphone").click()

    def press(self, name: str) -> None:
        """Press the button called `name`."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def screen(self, name: str, *, within_s: float = PATIENCE_S) -> Locator:
        """The screen, once it is the one that is shown."""
        shown = self.page.locator(f"[data-screen={name}]")
        expect(shown).to_be_visible(timeout=within_s * 1000)
        expect(self.page.locator("[data-screen]:visible")).to_have_count(1)
        return shown

    def start_recording(self, challenge: Challenge = SHORT) -> None:
        """From the statement to the beginning of a recording, with a short countdown."""
        self.page.add_init_script(QUICK_COUNTDOWN)
        self.change(challenge=to_document(challenge))
        self.open()
        self.accept()
        self.turn_camera_on()
        self.press("Start")

    def record(self, challenge: Challenge = SHORT) -> None:
        """A whole recording, sent, in a page that runs `WATCH_PROMPTS`.

        A machine that draws nothing for as long as a prompt lasts has not shown it, and the service
        refuses the recording. Then, and only then, it is made again.
        """
        self.start_recording(challenge)
        shortest = min(step.duration_ms for step in challenge.steps)
        screens = self.page.locator("[data-screen=checking], [data-screen=problem]")
        for _ in range(2):
            expect(screens.filter(visible=True)).to_have_count(1)
            if self.page.locator("[data-screen=checking]").is_visible():
                break
            stalled = self.page.evaluate("window.stalled")
            assert stalled >= shortest, "a recording was refused on a machine that did not stall"
            self.page.evaluate("window.prompts = []; window.stalled = 0")
            self.press("Record again")
            self.turn_camera_on()
            self.press("Start")
        self.screen("checking")

    def wait_for_prompts(self) -> None:
        """Until the recording has begun."""
        begun = "[data-part=stage][data-step]:not([data-step=count])"
        expect(self.page.locator(begun)).to_be_visible()

    def stored(self) -> EnrollmentRecord:
        """The enrollment as it is stored now."""
        with self.service.context.store.read() as tx:
            return tx.enrollments.get(self.id)

    def reason(self) -> str:
        """Why the last recording was not accepted, as it is stored."""
        error = self.stored().last_error
        assert error is not None
        return str(error["reason"])

    def timeline(self) -> list[dict[str, Any]]:
        """What the page said of its prompts, as it waits for the verifier."""
        with self.service.context.store.write() as tx:
            now = self.service.clock()
            lease = timedelta(seconds=1)
            job = tx.jobs.lease(("verify",), token="look", now=now, lease_for=lease, at_most=1)
        assert job is not None
        told: list[dict[str, Any]] = job.payload["timeline"]
        return told

    def change(self, **changes: Any) -> None:
        """Change the enrollment as it is stored."""
        with self.service.context.store.write() as tx:
            tx.enrollments.save(replace(tx.enrollments.get(self.id), **changes))


def invite(service: RunningService, principal: str = "user:ann") -> dict[str, Any]:
    """What a platform gets for a new enrollment."""
    with service.client(service.key()) as platform:
        response = platform.post("/v1/enrollments", json={"principal": principal})
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created
