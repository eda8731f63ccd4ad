"""Attacking recordings, each by name: a genuine session with one thing wrong.

    footage = ATTACKS["person_swap"].perform(challenge, take, seed)

>>> sorted(ATTACKS)[:3]
['bent_photo', 'dropped_frames', 'dubbed_shift']
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from verification.challenge import Challenge
from verification.errors import VerificationError
from verification.studio import edits, forgeries, presentations
from verification.studio.footage import Footage
from verification.studio.take import Take

Perform = Callable[[Challenge, Take, int], Footage]


class UnknownAttack(VerificationError):
    """The studio knows no attack of this name."""

    code = "unknown_attack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One way to cheat: what it does, in a sentence, and how it is shot from a seed."""

    description: str
    perform: Perform


def _by_name(*performers: Perform) -> Mapping[str, Attack]:
    """Each attack under its function's name, described by its docstring."""
    return MappingProxyType(
        {
            getattr(performer, "__name__"): Attack(  # noqa: B009 (a Callable has no such attribute)
                description=(performer.__doc__ or "").strip(), perform=performer
            )
            for performer in performers
        }
    )


ATTACKS: Mapping[str, Attack] = _by_name(
    presentations.flat_photo,
    presentations.bent_photo,
    presentations.photo_with_eyes_cut,
    presentations.paper_mask,
    presentations.still_screen,
    presentations.replay,
    presentations.person_swap,
    presentations.two_faces,
    presentations.no_face,
    forgeries.wrong_order,
    forgeries.wrong_digits,
    forgeries.other_voice,
    edits.dubbed_shift,
    edits.early_sound,
    edits.muted_lips,
    edits.spliced,
    edits.dropped_frames,
    edits.held_frames,
    edits.noisy_loop,
    edits.resampled_sound,
    forgeries.no_sound,
    forgeries.no_audio_track,
    forgeries.frozen_frame,
    forgeries.looped_clip,
)


def attack_named(name: str) -> Attack:
    """The attack called `name`; raise `UnknownAttack` if there is none."""
    if name not in ATTACKS:
        raise UnknownAttack(f"no attack is called `{name}`")
    return ATTACKS[name]
