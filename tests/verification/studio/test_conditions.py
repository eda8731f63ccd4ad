from dataclasses import replace

import numpy as np
import pytest

from verification.challenge import Challenge
from verification.studio.conditions import Framing, Light, lit
from verification.studio.recording import shoot
from verification.studio.staging import delayed
from verification.studio.take import Take

GREY = np.full((20, 40, 3), 100, np.uint8)


def test_plain_light_changes_nothing() -> None:
    assert next(lit([GREY], Light())) is GREY


def test_gain_gamma_and_side_do_what_they_say() -> None:
    assert next(lit([GREY], Light(gain=0.5)))[0, 0, 0] == 50
    assert next(lit([GREY], Light(gamma=2.0)))[0, 0, 0] == round(100**2 / 255)
    aside = next(lit([GREY, GREY], Light(side=0.5)))[:, :, 0]
    assert aside[0, -1] == pytest.approx(150, abs=1)
    assert aside[0, 0] == pytest.approx(50, abs=1)
    assert (np.diff(aside[3].astype(int)) >= 0).all()


@pytest.mark.parametrize("attack", [None, "flat_photo"])
def test_light_falls_on_genuine_takes_and_attacks(
    attack: str | None, challenge: Challenge, take: Take
) -> None:
    plain = shoot(challenge, take=replace(take, attack=attack), seed=1)
    dark = shoot(challenge, take=replace(take, attack=attack, light=Light(gain=0.5)), seed=1)
    one, other = next(plain.shoot()), next(dark.shoot())
    assert other.mean() == pytest.approx(one.mean() / 2, rel=0.02)


def test_framing_moves_and_sizes_the_face(challenge: Challenge, take: Take) -> None:
    from verification.studio.sitter import Sitter

    usual = Sitter(take.actor, take.size)
    near = Sitter(take.actor, take.size, Framing(face=0.45, across=0.4, down=0.5))
    assert near.frame.unit == pytest.approx(usual.frame.unit * 0.45 / 0.36)
    assert near.frame.origin == pytest.approx((0.4 * take.size[0], 0.5 * take.size[1]))
    moved = shoot(challenge, take=replace(take, framing=Framing(across=0.6)), seed=1)
    still = shoot(challenge, take=take, seed=1)
    assert (next(moved.shoot()) != next(still.shoot())).mean() > 0.3


def test_a_slow_person_does_everything_later(challenge: Challenge, take: Take) -> None:
    slow = shoot(challenge, take=replace(take, delay_ms=300), seed=1)
    usual = shoot(challenge, take=take, seed=1)
    late = delayed(challenge, 300)
    assert [step.start_ms for step in late.steps] == [600, 1600, 3200, 4200]
    assert late.duration_ms == challenge.duration_ms
    yaw = [np.array([pose.yaw for pose in one.poses]) for one in (usual, slow)]
    assert yaw[1].argmax() - yaw[0].argmax() == 3
