"""Which prompt is due when: the page's own module, in the browser, against the definition."""

import random

from playwright.sync_api import Page

from tests.pages.visit import SHORT
from tests.service.running import RunningService
from verification.challenge import Challenge, kind_of, to_document
from verification.drawing import make_challenge

MOMENTS = """
async ([challenge, times]) => {
  const {momentAt} = await import('/static/schedule.js');
  return times.map((time) => {
    const {kind, index, step, progress, rest_ms} = momentAt(challenge, time);
    return [kind, index, step && step.start_ms, progress, rest_ms];
  });
}
"""

Moment = tuple[str, int, int | None]


def due(challenge: Challenge, at: int) -> Moment:
    """What is due `at` milliseconds after the start, read off the definition of a step."""
    if at >= challenge.duration_ms:
        return ("over", len(challenge.steps), None)
    for index, step in enumerate(challenge.steps):
        if step.start_ms <= at < step.end_ms:
            return (kind_of(step), index, step.start_ms)
    return ("rest", sum(step.end_ms <= at for step in challenge.steps), None)


def test_every_moment_of_every_challenge_shows_the_step_that_is_due(
    page: Page, service: RunningService
) -> None:
    page.goto(f"{service.url}/enroll/enr_none")
    for seed in range(20):
        challenge = make_challenge(random.Random(seed))
        edges = [edge for step in challenge.steps for edge in (step.start_ms, step.end_ms)]
        times = sorted(
            {0, challenge.duration_ms, *range(0, challenge.duration_ms + 200, 97)}
            | {edge + offset for edge in edges for offset in (-1, 0, 1)}
        )
        shown = page.evaluate(MOMENTS, [to_document(challenge), times])
        assert [tuple(moment[:3]) for moment in shown] == [due(challenge, at) for at in times]
        assert all(0 <= moment[3] <= 1 for moment in shown)


def test_progress_and_the_length_of_a_rest(page: Page, service: RunningService) -> None:
    page.goto(f"{service.url}/enroll/enr_none")
    shown = page.evaluate(MOMENTS, [to_document(SHORT), [0, 500, 950, 1_400, 2_500, 2_600]])
    assert [moment[0] for moment in shown] == ["rest", "digit", "digit", "rest", "rest", "over"]
    assert [moment[3] for moment in shown[1:3]] == [0, 0.5]
    assert [moment[4] for moment in shown] == [500, 0, 0, 100, 200, 0]
