"""`cameo demo`, once, as a newcomer runs it: real models, real processes, the whole story."""

import json
from pathlib import Path

import pytest

from cameo_service.cli.demo.backstage import demo_settings, running_service
from cameo_service.cli.demo.scene import expect
from cameo_service.cli.failures import CliError
from cameo_service.settings import Settings
from tests.cli.running import cameo, workers_of
from verification.packs.shelf import Shelf

STORY = [
    "models",
    "service",
    "enrollment",
    "recording",
    "verdict",
    "credential",
    "attack",
    "recording",
    "verdict",
    "rejection",
    "before",
    "policy",
    "grant",
    "restricted",
    "explained",
    "check",
    "permit",
    "keys",
    "offline",
    "package",
    "outsider",
    "no_permit",
    "borrowed",
    "draft",
    "publish",
    "used_up",
    "revocation",
    "recall",
    "after",
    "character",
    "fan",
    "abroad",
    "end",
]
A_TRY = ["enrollment", "recording", "verdict"]


def told_once(names: list[str]) -> list[str]:
    """What was told, but for tries of Alice that led nowhere: her challenges are drawn."""
    while "again" in names:
        end = names.index("again")
        assert names[end - len(A_TRY) : end] == A_TRY
        names = names[: end - len(A_TRY)] + names[end + 1 :]
    return names


@pytest.fixture
def data_dir(tmp_path: Path, open_pack: Path) -> Path:
    """Where the demo finds its models already."""
    place = tmp_path / "demo"
    (place / "packs").mkdir(parents=True)
    (place / "packs" / open_pack.name).symlink_to(open_pack)
    Shelf(place).activate(open_pack.name)
    return place


@pytest.mark.sqlite_only("a story is kept in a file of its own, whatever the settings name")
@pytest.mark.timeout(600)
def test_the_story_goes_as_told_and_leaves_nothing_running(tmp_path: Path, data_dir: Path) -> None:
    ran = cameo(
        *("demo", "--exit", "--json", "--data-dir", str(data_dir)),
        data_dir=tmp_path / "elsewhere",
        timeout=580,
        # A story never touches the database that the environment names.
        CAMEO_DATABASE_URL=f"sqlite:///{tmp_path}/production.sqlite",
    )
    assert ran.status == 0, ran.err
    steps = [json.loads(line) for line in ran.out.splitlines()]
    assert told_once([step["name"] for step in steps]) == STORY
    told = {step["name"]: step for step in steps}
    verdicts = [step["facts"]["status"] for step in steps if step["name"] == "verdict"]
    assert verdicts[-2:] == ["verified", "requires_input"]
    assert told["check"]["facts"]["code"] == "covered_by_grant"
    assert told["after"]["facts"]["code"] == "not_permitted"
    assert told["borrowed"]["facts"]["code"] == "request_mismatch"
    assert told["restricted"]["facts"]["code"] == "not_permitted"
    assert told["explained"]["facts"]["code"] == "restricted"
    assert told["used_up"]["facts"]["code"] == "consent_denied"
    assert told["recall"]["facts"]["ask"] == "take_down"
    assert told["fan"]["facts"]["code"] == "in_audience"

    keys = cameo("keys", "list", "--json", data_dir=data_dir).document
    assert len(keys) == 2
    assert all(key["revoked_at"] for key in keys)
    assert workers_of(data_dir.resolve()) == set()
    assert not (tmp_path / "production.sqlite").exists()
    assert not (tmp_path / "elsewhere").exists()
    left = [path.name for path in (data_dir / "blobs").rglob("*") if path.is_file()]
    assert [name for name in left if not name.startswith("log+")] == []


@pytest.mark.sqlite_only("a story is kept in a file of its own, whatever the settings name")
@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_the_story_can_be_told_again(data_dir: Path) -> None:
    """Alice has the same face in every run, and nobody is enrolled twice."""
    again = ("demo", "--exit", "--json", "--data-dir", str(data_dir))
    for story in (STORY, [*STORY[:2], "earlier", *STORY[2:]]):
        ran = cameo(*again, data_dir=data_dir, timeout=580)
        assert ran.status == 0, ran.err
        assert told_once([json.loads(line)["name"] for line in ran.out.splitlines()]) == story


def test_an_unknown_attack_is_refused_before_anything_starts(tmp_path: Path) -> None:
    ran = cameo(
        *("demo", "--exit", "--attack", "witchcraft", "--data-dir", str(tmp_path / "demo")),
        *("--json",),
        data_dir=tmp_path,
    )
    assert (ran.status, ran.error["code"]) == (2, "unknown_attack")
    assert not (tmp_path / "demo").exists()


def test_an_answer_that_was_not_told_about_fails_the_demo() -> None:
    with pytest.raises(CliError, match="the story went otherwise: Bob may") as caught:
        expect(False, "Bob may")  # noqa: FBT003 (an assertion)
    assert (caught.value.code, caught.value.exit_code) == ("story_failed", 1)


@pytest.mark.sqlite_only("a story is kept in a file of its own, whatever the settings name")
def test_a_pack_that_is_stale_is_mended_where_it_lies(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    pack = place / "packs" / "open"
    pack.mkdir(parents=True)
    (place / "packs" / "active.json").write_text('{"pack": "open"}')
    (pack / "pack.toml").write_text("name = 'open'")
    ran = cameo("demo", "--exit", "--json", "--data-dir", str(place), data_dir=tmp_path / "other")
    assert (ran.status, ran.error["code"]) == (4, "pack_malformed")
    assert "`cameo models pull open` mends" in ran.error["message"]
    assert f"`--data-dir {place}`" in ran.error["message"]


@pytest.mark.sqlite_only("a story is kept in a file of its own, whatever the settings name")
def test_a_service_that_takes_too_long_is_waited_for_longer_on_request(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    service = running_service(demo_settings(tmp_path), log=log, within=0)
    with pytest.raises(CliError) as caught, service:
        pass
    assert caught.value.code == "service_did_not_start"
    assert "no address within 0 s" in str(caught.value)
    assert str(log) in str(caught.value)
    assert "`--start-within`" in str(caught.value)


@pytest.mark.sqlite_only("about a database that is not there")
def test_a_service_that_ended_says_why(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://cameo:s3cret@127.0.0.1:9/x")
    service = running_service(settings, log=tmp_path / "service.log", within=300)
    with pytest.raises(CliError, match="ended before it announced") as caught, service:
        pass
    assert "127.0.0.1:9" in str(caught.value)
    assert "s3cret" not in str(caught.value)
