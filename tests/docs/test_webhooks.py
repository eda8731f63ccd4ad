"""`docs/webhooks.md` names what is there: events, codes, figures."""

import re
from pathlib import Path

from cameo_service.client import webhooks
from cameo_service.routes.schemas.webhooks import DeliveryOut
from cameo_service.settings import Settings
from cameo_service.webhooks import attempts, endpoints
from cameo_service.webhooks.outbox import PING, WebhookEvent

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_every_event_is_in_the_table_and_no_other() -> None:
    table = PAGE[PAGE.index("| `type` |") : PAGE.index("The body is")]
    assert re.findall(r"^\| `(\w+(?:\.\w+)?)` \|", table, re.MULTILINE)[1:] == [*WebhookEvent, PING]


def test_every_code_is_named() -> None:
    described = DeliveryOut.model_fields["last_error"].description or ""
    codes = re.findall(r"`(\w+)`", described)
    assert len(codes) > 3
    raised = re.findall(r'WebhookError\(\s*"(\w+)"', Path(webhooks.__file__).read_text())
    assert [code for code in {*codes, *raised} if f"`{code}`" not in PAGE] == []


def test_the_figures_are_those_of_the_code() -> None:
    assert f"After {attempts.FIRST_S:.0f} seconds, then three times as long" in WORDS
    assert attempts.FACTOR == 3
    assert f"at most {attempts.LONGEST_S / 3600:.0f} hours" in WORDS
    assert f"a fifth longer or shorter; {attempts.MOST} attempts" in WORDS
    assert attempts.JITTER == 1 / 5
    assert f"For {endpoints.FORMER_SIGNS.total_seconds() / 3600:.0f} hours both secrets" in WORDS
    assert endpoints.MOST_OF_ONE == 10
    assert "at most ten webhooks" in WORDS
    assert Settings().webhook_timeout_s == 10
    assert "within ten seconds" in WORDS
    assert f"`CAMEO_WEBHOOK_RETENTION_DAYS` ({Settings().webhook_retention_days})" in WORDS
    assert webhooks.TOLERANCE_S == 5 * 60
    assert "more than five minutes" in WORDS
