"""The scene of the story: who plays, where, and what happens when it goes otherwise.

expect(decision.permitted, "Bob is denied")
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cameo_service.cli.demo.narration import Narrator
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.client import CameoClient, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who plays, where. `run` makes the people of this run new ones.

    `earlier` are the cameos that those of earlier runs left, with the same faces.
    """

    platform: CameoClient
    generator: CameoClient
    issuer: str
    narrator: Narrator
    recordings: Path
    run: str
    attack: str
    earlier: tuple[str, ...] = ()

    def user(self, name: str) -> str:
        """The principal of somebody in the story."""
        return f"user:{name}-{self.run}"


def expect(condition: bool, told: str) -> None:  # noqa: FBT001 (an assertion)
    """Fail the demo unless the story goes as told."""
    if not condition:
        raise CliError("story_failed", f"the story went otherwise: {told}", exit_code=ExitCode.NO)


def heard(decision: Decision) -> str:
    """An answer in words, with its code."""
    reason = decision.reasons[0]
    return f"{'yes' if decision.permitted else 'no'}: {reason.message} ({reason.code})"


def this_moment() -> datetime:
    """The machine's time, aware."""
    return datetime.now(UTC)
