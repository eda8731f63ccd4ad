"""`docs/operations.md` names what is there: readiness, metrics, log events, figures."""

import json
import re
from pathlib import Path

import pytest

from cameo_service import metrics
from cameo_service.cli.serve import GRACE_S
from cameo_service.readiness import readiness
from cameo_service.settings import Settings
from cameo_service.wiring import build
from cameo_service.worker import ATTEMPTS, RETRY_AFTER

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "cameo_service").rglob("*.py")
)


def test_the_answer_of_a_service_that_lacks_all_is_real(tmp_path: Path) -> None:
    shown = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    with build(Settings(data_dir=tmp_path)) as context:
        assert readiness(context) == json.loads(shown[1])


def test_every_metric_is_named_and_no_other() -> None:
    described = {family.name for family in metrics.REGISTRY.collect()}
    described |= {metrics.WEBHOOK_PENDING, metrics.WEBHOOK_OLDEST_DUE}
    named = set(re.findall(r"`(cameo_[a-z_]+)`", PAGE)) - {"cameo_service"}
    assert {name.removesuffix("_total") for name in named} == described


def test_every_event_in_the_table_is_logged() -> None:
    table = PAGE[PAGE.index("| event |") : PAGE.index("## Metrics")]
    events = [
        event
        for line in table.splitlines()[2:]
        for event in re.findall(r"`([^`]+)`", line.split("|")[1] if line else "")
    ]
    assert len(events) > 8
    assert [event for event in events if f'"{event}"' not in SOURCE] == []


@pytest.mark.parametrize(
    "claim",
    [
        f"given to workers {('no', 'one', 'two', 'three', 'four', 'five')[ATTEMPTS]} times",
        f"tried again after {RETRY_AFTER.seconds} seconds",
        f"those in hand {GRACE_S} seconds",
    ],
)
def test_a_figure_is_that_of_the_code(claim: str) -> None:
    assert claim in WORDS
