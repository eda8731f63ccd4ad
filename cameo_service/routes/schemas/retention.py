"""The retention schedule, as anybody may read it.

>>> RetentionRuleOut(code="scans", what="Scans", kept="30 days", then="deleted", days=30).days
30.0
"""

from typing import Literal

from pydantic import Field

from cameo_service.retention.schedule import RetentionRule
from cameo_service.routes.schemas.common import Outgoing


class RetentionRuleOut(Outgoing):
    """How long something is kept, and what becomes of it."""

    code: str
    what: str
    kept: str
    then: str
    days: float | None = Field(
        description="The same in days; null where it hangs on an event and on no time."
    )

    @classmethod
    def of(cls, rule: RetentionRule) -> "RetentionRuleOut":
        """The view of `rule`."""
        return cls(code=rule.code, what=rule.what, kept=rule.kept, then=rule.then, days=rule.days)


class RetentionOut(Outgoing):
    """The whole schedule. The page `/retention` shows the same."""

    object: Literal["retention_schedule"] = "retention_schedule"
    rules: list[RetentionRuleOut]
