"""What every command owes: help with an example, one line for an error, exit codes that mean it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from cameo_service.cli.__main__ import app, main
from cameo_service.settings import Settings
from storage.collections.revisions import SqlRevisions
from storage.database import Database
from tests.cli.running import ROOT, Ran, cameo, environment
from tests.kinds import Kind

COMMANDS = [
    ("demo",),
    ("serve",),
    ("worker",),
    ("verify-recording",),
    ("keys", "create"),
    ("keys", "list"),
    ("keys", "resign"),
    ("keys", "revoke"),
    ("keys", "signing"),
    ("keys", "withdraw"),
    ("keys", "rotate"),
    ("keys", "recertify"),
    ("keys", "seal"),
    ("keys", "exchange"),
    ("keys", "rewrap"),
    ("db", "upgrade"),
    ("db", "downgrade"),
    ("models", "list"),
    ("models", "pull"),
    ("models", "add"),
    ("models", "verify"),
    ("models", "use"),
    ("models", "build", "ecapa"),
    ("models", "status"),
    ("models", "migrate"),
    ("models", "retire"),
    ("erasure", "verify"),
    ("export", "verify"),
    ("log", "audit"),
    ("log", "key"),
    ("log", "prove"),
    ("log", "verify"),
    ("log", "witness"),
    ("receipt", "embed"),
    ("receipt", "read"),
    ("receipt", "verify"),
    ("evaluate", "faces"),
    ("evaluate", "voices"),
    ("evaluate", "digits"),
    ("evaluate", "liveness"),
]


@pytest.fixture
def here(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """The command line in this process, which is quicker where processes are not the point."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setenv("CAMEO_DATA_DIR", str(data_dir))
        status = main(arguments)
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return run


def paths_below(group: object) -> list[tuple[str, ...]]:
    """The commands of a group and of the groups in it; none below a command."""
    commands: dict[str, object] = getattr(group, "commands", {})
    return [
        (name, *path) for name, command in commands.items() for path in paths_below(command) or [()]
    ]


def test_every_command_is_listed_here() -> None:
    assert sorted(paths_below(typer.main.get_command(app))) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches_with_an_example_and_offers_json(
    command: tuple[str, ...], here: Callable[..., Ran], data_dir: Path
) -> None:
    ran = here(*command, "--help")
    assert ran.status == 0
    assert f"cameo {' '.join(command)}" in ran.out.split("Examples:")[1]
    assert "--json" in ran.out
    assert not data_dir.exists()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, cameo_service.cli.__main__ as cli; cli.main(['--help']);"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    loaded = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stderr.split()
    heavy = {"fastapi", "sqlalchemy", "numpy", "uvicorn", "httpx2", "rich", "cv2", "onnxruntime"}
    assert heavy.isdisjoint(name.split(".")[0] for name in loaded)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("keys",),
        ("conjure",),
        ("serve", "--conjure"),
        ("serve", "--port", "http"),
        ("serve", "--port", "65536"),
        ("keys", "create", "--name", "x"),
        ("verify-recording", "nowhere.webm", "--challenge", "nowhere.json"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_touches_nothing(
    arguments: tuple[str, ...], here: Callable[..., Ran], data_dir: Path
) -> None:
    ran = here(*arguments)
    assert ran.status == 2
    assert ran.err
    assert "Traceback" not in ran.err
    assert not data_dir.exists()


def test_a_setting_that_makes_no_sense_is_named_and_not_repeated(data_dir: Path) -> None:
    ran = cameo("keys", "list", "--json", data_dir=data_dir, CAMEO_PORT="hunter2")
    assert ran.status == 2
    assert ran.error["code"] == "invalid_settings"
    assert "CAMEO_PORT" in ran.error["message"]
    assert "hunter2" not in ran.err


def test_an_unexpected_error_is_one_line_and_70() -> None:
    code = (
        "import sys, cameo_service.cli.__main__ as cli;"
        "cli.app.command('break')(lambda: 1 / 0);"
        "sys.exit(cli.main(['break']))"
    )
    ended = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 70
    [line] = ended.stderr.splitlines()
    assert line.startswith("cameo: internal_error: ZeroDivisionError: division by zero")


def test_output_may_end_early(data_dir: Path, here: Callable[..., Ran]) -> None:
    here("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "all")
    with subprocess.Popen(
        [sys.executable, "-m", "cameo_service", "keys", "list", "--json"],
        cwd=ROOT,
        env=environment(data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in {0, 1}


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(data_dir: Path) -> None:
    created = cameo(
        *("keys", "create", "--name", "Studio", "--principal", "app:studio", "--json"),
        *("--scope", "consent:check", "--scope", "permits:issue", "--acts-for", "user:*"),
        data_dir=data_dir,
    ).document
    assert created["scopes"] == ["consent:check", "permits:issue"]
    key = created.pop("key")
    assert key.startswith(created["id"])

    listed = cameo("keys", "list", "--json", data_dir=data_dir)
    assert listed.document == [created]
    shown = cameo("keys", "list", data_dir=data_dir)
    assert created["id"] in shown.out
    assert "active" in shown.out

    revoked = cameo("keys", "revoke", created["id"], "--json", data_dir=data_dir).document
    assert revoked["revoked_at"] is not None
    database = Database(Settings(data_dir=data_dir).resolved_database_url)
    with database.read() as statements:
        assert SqlRevisions(statements).touched_since(0) == frozenset({f"key:{created['id']}"})
    database.close()
    again = cameo("keys", "revoke", created["id"], "--json", data_dir=data_dir).document
    assert again == revoked
    assert "revoked" in cameo("keys", "list", data_dir=data_dir).out


def test_a_key_for_people_is_printed_alone_on_a_line(data_dir: Path) -> None:
    ran = cameo(
        *("keys", "create", "--name", "P", "--principal", "org:p", "--scope", "all"),
        data_dir=data_dir,
    )
    assert ran.status == 0
    assert len([line for line in ran.out.splitlines() if line.startswith("  ck_")]) == 1
    assert ran.err == f"There was no deployment in `{data_dir}`: it began.\n"
    again = cameo(
        *("keys", "create", "--name", "P", "--principal", "org:p", "--scope", "all"),
        data_dir=data_dir,
    )
    assert (again.status, again.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("keys", "revoke", "ck_unknown"), 1, "not_found"),
        (
            ("keys", "create", "--name", "x", "--principal", "bob", "--scope", "all"),
            2,
            "principal_malformed",
        ),
        (
            ("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "everything"),
            2,
            "unknown_scope",
        ),
        (
            (
                *("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "all"),
                *("--acts-for", "*"),
            ),
            2,
            "principal_malformed",
        ),
    ],
)
def test_a_refusal_has_its_code_and_exit_status(
    arguments: tuple[str, ...], status: int, code: str, here: Callable[..., Ran]
) -> None:
    here("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "all")
    ran = here(*arguments, "--json")
    assert (ran.status, ran.error["code"]) == (status, code)
    plain = here(*arguments)
    assert plain.status == status
    assert plain.err.startswith(f"cameo: {code}: ")
    assert len(plain.err.splitlines()) == 1


def test_a_scope_that_is_unknown_is_named(here: Callable[..., Ran]) -> None:
    given = ("--scope", "all", "--scope", "cameos:read", "--scope", "enrollment:write")
    ran = here("keys", "create", "--name", "x", "--principal", "org:x", *given, "--json")
    assert ran.error["message"].startswith("no such scope: `enrollment:write`; there are ")


def test_what_the_system_refuses_is_named(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ran = cameo("models", "pull", "open", "--json", "--data-dir", str(file), data_dir=data_dir)
    assert (ran.status, ran.error["code"]) == (4, "os_error")
    assert ran.error["message"] == f"`{file / 'packs'}`: Not a directory"


def test_a_database_that_is_away_and_a_setting_that_is_none_are_told(data_dir: Path) -> None:
    """At a terminal the operator reads why there is no connection, and never the password."""
    ran = cameo(
        *("serve", "--port", "0"),
        data_dir=data_dir,
        CAMEO_DATABASE_URL="postgresql://cameo:hunter2@127.0.0.1:1/cameo",
        CAMEO_PROT="hunter2",
    )
    warned, failed = ran.err.splitlines()
    warning = json.loads(warned)
    assert (warning["event"], warning["variables"]) == ("no such setting", ["CAMEO_PROT"])
    assert ran.status == 4
    assert failed.startswith("cameo: store_unavailable: the database at `127.0.0.1:1` failed")
    assert "Connection refused" in failed
    assert "hunter2" not in ran.err


def test_upgrading_twice_changes_nothing(data_dir: Path) -> None:
    first = cameo("db", "upgrade", "--json", data_dir=data_dir)
    assert first.status == 0
    label = Database(Settings(data_dir=data_dir).resolved_database_url).label
    assert first.document["database"] == label
    assert cameo("db", "upgrade", "--json", data_dir=data_dir).document == first.document


def test_a_given_database_is_upgraded_only_when_asked(
    data_dir: Path, tmp_path: Path, databases: Kind
) -> None:
    with databases.bare(tmp_path) as url:
        refused = cameo("keys", "list", "--json", data_dir=data_dir, CAMEO_DATABASE_URL=url)
        assert (refused.status, refused.error["code"]) == (4, "store_unavailable")
        assert "`cameo db upgrade`" in refused.error["message"]
        assert list(tmp_path.glob("*.sqlite")) == []
        assert cameo("db", "upgrade", data_dir=data_dir, CAMEO_DATABASE_URL=url).status == 0
        empty = cameo("keys", "list", "--json", data_dir=data_dir, CAMEO_DATABASE_URL=url)
        assert (empty.status, empty.error["code"]) == (4, "no_deployment")
        create = ("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "all")
        assert cameo(*create, data_dir=data_dir, CAMEO_DATABASE_URL=url).status == 0
        assert cameo("keys", "list", data_dir=data_dir, CAMEO_DATABASE_URL=url).status == 0


@pytest.mark.sqlite_only("an empty file; the test before has an empty database of either kind")
def test_an_old_schema_names_the_command_that_mends_it(data_dir: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite"
    empty.touch()
    ran = cameo(
        *("keys", "list", "--json"), data_dir=data_dir, CAMEO_DATABASE_URL=f"sqlite:///{empty}"
    )
    assert (ran.status, ran.error["code"]) == (4, "store_unavailable")
    assert "`cameo db upgrade`" in ran.error["message"]


def test_an_unknown_database_is_refused_without_its_password(data_dir: Path) -> None:
    ran = cameo(
        *("db", "upgrade", "--json"),
        data_dir=data_dir,
        CAMEO_DATABASE_URL="mysql://cameo:hunter2@db/cameo",
    )
    assert (ran.status, ran.error["code"]) == (2, "invalid_settings")
    assert "hunter2" not in ran.err


def test_verify_recording_without_models_says_how_to_get_them(
    data_dir: Path, tmp_path: Path
) -> None:
    recording, challenge = tmp_path / "a.webm", tmp_path / "challenge.json"
    recording.write_bytes(b"")
    challenge.write_text("{}")
    ask = ("verify-recording", str(recording), "--challenge", str(challenge), "--json")
    ran = cameo(*ask, data_dir=data_dir)
    assert (ran.status, ran.error["code"]) == (2, "challenge_malformed")
    challenge.write_text("[")
    assert cameo(*ask, data_dir=data_dir).status == 2
    challenge.write_text(json.dumps(CHALLENGE))
    ran = cameo(*ask, data_dir=data_dir)
    assert (ran.status, ran.error["code"]) == (4, "pack_not_chosen")
    assert "cameo models" in ran.error["message"]


CHALLENGE = {
    "version": 2,
    "duration_ms": 5000,
    "accommodations": [],
    "steps": [
        {"kind": "turn", "direction": "left", "start_ms": 1000, "duration_ms": 1700},
        {"kind": "digit", "digit": 7, "start_ms": 2700, "duration_ms": 1100},
    ],
}


def test_verify_recording_rejects_what_is_no_video(
    data_dir_with_models: Path, tmp_path: Path
) -> None:
    recording, challenge = tmp_path / "a.webm", tmp_path / "challenge.json"
    recording.write_bytes(b"not a video")
    challenge.write_text(json.dumps(CHALLENGE))
    ask = ("verify-recording", str(recording), "--challenge", str(challenge))
    ran = cameo(*ask, "--json", data_dir=data_dir_with_models)
    assert ran.status == 1, ran.err
    assert ran.document["verdict"] == "rejected"
    assert ran.document["checks"][0]["code"] == "media_not_video"
    shown = cameo(*ask, data_dir=data_dir_with_models)
    assert shown.status == 1
    assert "media_not_video" in shown.out
