import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from verification.drawing import ChallengePlan, make_challenge
from verification.evaluation.recordings import recordings_in
from verification.studio.attacks import ATTACKS
from verification.studio.recording import shoot
from verification.studio.series import Series, is_made, make, shoot_series
from verification.studio.shots import EDITED, Shot, planned, sessions
from verification.studio.take import Take

ROOT = Path(__file__).parents[3]


def plan(seed: int = 1, genuine: int = 12, **attacks: int) -> list[Shot]:
    return planned(seed=seed, genuine=genuine, attacks=attacks, stills=range(3), voices=())


def test_a_shot_depends_on_nothing_but_seed_species_and_number() -> None:
    few, many = plan(genuine=2, replay=1), plan(genuine=5, flat_photo=3, replay=2)
    assert all(shot in many for shot in few)
    assert plan(seed=2)[0] != plan(seed=1)[0]
    assert len({shot.seed for shot in many}) == len(many)


def test_everything_that_differs_between_sessions_differs() -> None:
    shots = plan(genuine=40)
    for name in ("light", "framing", "noise", "room", "bits_per_pixel", "delay_ms"):
        assert len({getattr(shot, name) for shot in shots}) > 30, name
    for name, count in (("size", 2), ("format", 2), ("fps", 2), ("voice", 4), ("still", 3)):
        assert len({getattr(shot, name) for shot in shots}) == count, name
    assert any(shot.light.side for shot in shots)
    assert not all(shot.light.side for shot in shots)


def test_edits_of_one_number_are_of_one_session_and_others_of_their_own() -> None:
    shots = plan(genuine=1, no_sound=2, replay=2, looped_clip=2)
    bundles = [[shot.name for shot in bundle] for bundle in sessions(shots)]
    assert bundles == [
        ["bonafide/001"],
        ["attacks/no_sound/001", "attacks/looped_clip/001"],
        ["attacks/no_sound/002", "attacks/looped_clip/002"],
        ["attacks/replay/001"],
        ["attacks/replay/002"],
    ]
    assert set(ATTACKS) > EDITED


def test_a_kept_session_gives_the_frames_that_it_would_give_anew() -> None:
    take = Take(size=(256, 144), fps=5, attack="looped_clip")
    challenge = make_challenge(random.Random(1), ChallengePlan(turns=1, digits=1))
    anew = shoot(challenge, take=take, seed=1)
    kept = [shoot(challenge, take=replace(take, kept=True), seed=1) for _ in range(2)]
    for footage in kept:
        pairs = zip(footage.shoot(), anew.shoot(), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)
    assert next(kept[0].shoot()) is next(kept[1].shoot())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Series, Shot]:
    """One small recording."""
    series = Series(directory=tmp_path_factory.mktemp("series"))
    [shot] = planned(seed=3, genuine=0, attacks={"flat_photo": 1}, stills=(), voices=())
    shot = replace(shot, size=(256, 144), fps=6)
    assert make(series, shot) == "attacks/flat_photo/001"
    return series, shot


def test_a_series_is_laid_out_as_the_evaluation_reads_it(made: tuple[Series, Shot]) -> None:
    series, shot = made
    [recording] = recordings_in(series.directory)
    assert recording.species == "flat_photo"
    with av.open(str(recording.path)) as container:
        frames = len(list(container.decode(video=0)))
    assert frames == pytest.approx(recording.challenge.duration_ms * 6 / 1000, abs=1)
    kept = json.loads(recording.sidecar.read_text())["studio"]
    assert (kept["seed"], kept["species"], kept["light"]["gain"]) == (
        shot.seed,
        "flat_photo",
        shot.light.gain,
    )
    assert [path.name for path in recording.path.parent.iterdir() if path.name[0] == "."] == []


def test_what_is_there_is_left_and_what_is_not_whole_is_made_again(
    made: tuple[Series, Shot], monkeypatch: pytest.MonkeyPatch
) -> None:
    series, shot = made
    path, sidecar = series.paths(shot)
    asked: list[str] = []

    def note(_: Series, one: Shot) -> str:
        asked.append(one.name)
        return one.name

    monkeypatch.setattr("verification.studio.series.make", note)
    assert list(shoot_series(series, [shot], workers=1)) == [shot.name]
    assert asked == []
    assert not is_made(series, replace(shot, seed=shot.seed + 1))
    whole = sidecar.read_text()
    sidecar.write_text(whole[: len(whole) // 2])
    assert list(shoot_series(series, [shot], workers=1)) == asked == [shot.name]
    sidecar.write_text(whole)
    aside = path.rename(path.with_suffix(".aside"))
    assert not is_made(series, shot)
    aside.rename(path)
    assert is_made(series, shot)


def test_the_command_names_a_wrong_wish(tmp_path: Path) -> None:
    def series(*arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "verification.studio", "series", str(tmp_path), *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 2
        return done.stderr

    assert "no attack is called `charm`" in series("--only=charm")
    assert "`--pack`" in series(f"--stills={tmp_path}")


@pytest.mark.slow
def test_stills_voices_and_workers(shared: Path, open_pack: Path, tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-m", "verification.studio", "series", str(tmp_path)),
            *("--genuine=2", "--attacks=1", "--only=person_swap", "--workers=2"),
            *(f"--stills={shared / 'data' / 'faces' / 's1'}", f"--pack={open_pack}"),
            *("--enlarge=3", "--margin=0.5", f"--voices={shared / 'data' / 'speech' / 'digits'}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert [one.name.split(".")[0] for one in recordings_in(tmp_path)] == [
        "bonafide/001",
        "bonafide/002",
        "attacks/person_swap/001",
    ]
