"""`cameo keys rotate | signing | recertify | seal | exchange | rewrap`, the real command line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cameo_service.cli.__main__ import main
from cameo_service.cli.configuration import environment_of, load_settings
from cameo_service.cli.exits import ExitCode
from storage.database import Database
from storage.keys import Purpose
from tests.cli.running import DATABASE, ROOT, Ran, environment

Command = Callable[..., Ran]


@pytest.fixture
def here(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """The command line in this process, on a data directory of its own."""
    monkeypatch.setattr("storage.local.passphrase.Sealer.box.__kwdefaults__", {"cost": 2**10})
    monkeypatch.setattr("storage.local.passphrase.new_box.__kwdefaults__", {"cost": 2**10})

    def run(*arguments: str, **settings: str) -> Ran:
        with monkeypatch.context() as patched:
            patched.setenv("CAMEO_DATA_DIR", str(data_dir))
            for name, value in settings.items():
                patched.setenv(name, value)
            status = main(arguments)
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return run


def label_of(url: str) -> str:
    return Database(url).label


def statuses(here: Command, **settings: str) -> list[tuple[str, str]]:
    ran = here("keys", "signing", "--json", **settings)
    assert ran.status == ExitCode.OK, ran.err
    return [(key["purpose"], key["status"]) for key in ran.document["keys"]]


def begin(here: Command) -> None:
    """Make the deployment: commands that inspect one do not."""
    made = here("keys", "create", "--name", "x", "--principal", "org:x", "--scope", "all")
    assert made.status == ExitCode.OK, made.err


@pytest.mark.parametrize(
    "command",
    [
        ("keys", "signing"),
        ("keys", "rotate"),
        ("keys", "exchange"),
        ("keys", "rewrap", "--check"),
        ("keys", "list"),
        ("keys", "revoke", "ck_1"),
        ("models", "status"),
        ("log", "key"),
        ("log", "audit"),
        ("log", "verify"),
        ("log", "prove", "0"),
    ],
    ids=" ".join,
)
def test_what_inspects_makes_no_deployment(
    here: Command, tmp_path: Path, data_dir: Path, command: tuple[str, ...]
) -> None:
    nowhere = tmp_path / "mistyped"
    ran = here(*command, "--data-dir", str(nowhere), "--json")
    assert (ran.status, ran.error["code"]) == (ExitCode.UNAVAILABLE, "no_deployment")
    named = os.environ.get(DATABASE)
    where = label_of(named) if named else nowhere
    assert ran.error["message"].startswith(f"no deployment in `{where}`: `cameo serve")
    assert not nowhere.exists()
    assert not data_dir.exists() or not any(data_dir.iterdir())


def test_a_deployment_whose_keys_are_elsewhere_is_not_said_to_be_none(
    here: Command, data_dir: Path
) -> None:
    begin(here)
    data_dir.joinpath("keys").rename(data_dir.parent / "elsewhere")
    ran = here("log", "audit", "--json")
    assert (ran.status, ran.error["code"]) == (ExitCode.UNAVAILABLE, "no_deployment")
    for named in (
        f"no `root.pem` and no `key-encryption.key` in `{data_dir / 'keys'}`",
        "CAMEO_KMS_KEY_ENCRYPTION_KEY",
    ):
        assert named in ran.error["message"]
    assert not (data_dir / "keys").exists()


def test_keys_are_listed_and_rotated(here: Command) -> None:
    begin(here)
    assert statuses(here) == [(purpose.value, "current") for purpose in Purpose]
    rotated = here("keys", "rotate", "--purpose", "permit", "--json")
    assert [(key["purpose"], key["status"]) for key in rotated.document] == [("permit", "next")]
    assert [each for each in statuses(here) if each[0] == "permit"] == [
        ("permit", "current"),
        ("permit", "next"),
    ]
    kid = rotated.document[0]["kid"]
    table = here("keys", "signing").out
    assert kid in table
    assert "Root key: " in table
    everything = here("keys", "rotate", "--json").document
    assert {key["purpose"] for key in everything} == set(Purpose) - {"log"}


def test_an_unknown_purpose_is_wrong_usage(here: Command) -> None:
    ran = here("keys", "rotate", "--purpose", "webhook", "--json")
    assert (ran.status, ran.error["code"]) == (ExitCode.USAGE, "unknown_purpose")


def test_keys_are_sealed_and_the_passphrase_is_changed(here: Command, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("correct horse\n")
    two.write_bytes(bytes(range(1, 200)))
    begin(here)
    listed = statuses(here)
    sealed = here("keys", "seal", "--passphrase-file", str(one), "--json")
    assert sealed.document == {"sealed": ["key-encryption.key", "root.pem"]}
    shut = here("keys", "signing", "--json")
    assert (shut.status, shut.error["code"]) == (ExitCode.UNAVAILABLE, "key_unavailable")
    assert statuses(here, CAMEO_KEY_PASSPHRASE="correct horse") == listed
    wrong = here("keys", "signing", "--json", CAMEO_KEY_PASSPHRASE="correct house")
    assert "passphrase is wrong" in wrong.error["message"]
    assert "house" not in wrong.err
    changed = here(
        "keys", "seal", "--passphrase-file", str(two), CAMEO_KEY_PASSPHRASE_FILE=str(one)
    )
    assert changed.status == ExitCode.OK, changed.err
    assert statuses(here, CAMEO_KEY_PASSPHRASE_FILE=str(two)) == listed


def test_another_root_certifies_the_keys_that_are_there(here: Command, tmp_path: Path) -> None:
    begin(here)
    before = here("keys", "signing", "--json").document
    (tmp_path / "data" / "keys" / "root.pem").unlink()
    lost = here("keys", "signing", "--json")
    assert (lost.status, lost.error["code"]) == (ExitCode.UNAVAILABLE, "no_deployment")
    assert "no `root.pem` in" in lost.error["message"]
    assert not (tmp_path / "data" / "keys" / "root.pem").exists()
    after = here("keys", "recertify", "--json").document
    assert after["keys"] == before["keys"]
    assert after["root"] != before["root"]
    assert here("keys", "signing", "--json").document == after
    (tmp_path / "data" / "keys" / "key-encryption.key").unlink()
    refused = here("keys", "recertify", "--json")
    assert (refused.status, refused.error["code"]) == (ExitCode.UNAVAILABLE, "tampered")


def test_where_there_are_no_key_files_nothing_is_sealed(here: Command, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("x")
    ran = here("keys", "seal", "--passphrase-file", str(tmp_path / "one"), "--json")
    assert (ran.status, ran.error["code"]) == (ExitCode.NO, "no_key_files")
    empty = tmp_path / "empty"
    empty.write_text("\n")
    begin(here)
    ran = here("keys", "seal", "--passphrase-file", str(empty), "--json")
    assert (ran.status, ran.error["code"]) == (ExitCode.UNAVAILABLE, "key_unavailable")


def test_without_a_terminal_nothing_is_asked_for(here: Command, data_dir: Path) -> None:
    begin(here)
    ended = subprocess.run(
        [sys.executable, "-m", "cameo_service", "keys", "seal", "--json"],
        cwd=ROOT,
        env=environment(data_dir),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    ran = Ran(ended.returncode, ended.stdout, ended.stderr)
    assert (ran.status, ran.error["code"], ran.out) == (ExitCode.USAGE, "no_terminal", "")
    assert "--passphrase-file" in ran.error["message"]
    assert "CAMEO_KEY_PASSPHRASE_FILE" in ran.error["message"]


def test_a_key_service_without_a_region_says_what_to_set(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    begin(here)
    ran = here("keys", "signing", "--json", CAMEO_KMS_ROOT_KEY="alias/cameo-root")
    assert (ran.status, ran.error["code"]) == (ExitCode.UNAVAILABLE, "key_unavailable")
    assert "AWS_DEFAULT_REGION" in ran.error["message"]


def test_every_key_is_one_line_where_nobody_sees_the_terminal(
    here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    begin(here)
    keys = here("keys", "signing", "--json").document["keys"]
    lines = here("keys", "signing").out.splitlines()[1 : len(keys) + 1]
    assert [line.split() for line in lines] == [
        [key[name] for name in ("kid", "purpose", "status", "active_from")] for key in keys
    ]


def test_a_passphrase_reaches_the_worker_and_no_one_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAMEO_KEY_PASSPHRASE", "correct horse")
    settings = load_settings()
    assert environment_of(settings)["CAMEO_KEY_PASSPHRASE"] == "correct horse"
    assert "horse" not in repr(settings)


def test_settings_of_keys_that_contradict_each_other_stop_the_start(here: Command) -> None:
    ran = here("keys", "signing", "--json", CAMEO_KEY_REFRESH_S="9", CAMEO_KEY_PUBLISH_DELAY_S="9")
    assert (ran.status, ran.error["code"]) == (ExitCode.USAGE, "invalid_settings")
    assert "CAMEO_KEY_PUBLISH_DELAY_S must be longer" in ran.error["message"]
    both = {"CAMEO_KEY_PASSPHRASE": "x", "CAMEO_KEY_PASSPHRASE_FILE": "y"}
    ran = here("keys", "signing", "--json", **both)
    assert (ran.status, ran.error["code"]) == (ExitCode.USAGE, "invalid_settings")


def test_a_former_key_that_is_the_one_of_now_stops_the_start(here: Command) -> None:
    for settings in (
        {"CAMEO_FORMER_KEY_ENCRYPTION_KEY": "local"},
        {
            "CAMEO_FORMER_KEY_ENCRYPTION_KEY": "alias/one",
            "CAMEO_KMS_KEY_ENCRYPTION_KEY": "alias/one",
        },
    ):
        ran = here("keys", "signing", "--json", **settings)
        assert (ran.status, ran.error["code"]) == (ExitCode.USAGE, "invalid_settings")
        assert "CAMEO_FORMER_KEY_ENCRYPTION_KEY names the key" in ran.error["message"]


def test_no_file_is_exchanged_for_a_key_that_is_not_one(here: Command, tmp_path: Path) -> None:
    ran = here("keys", "exchange", "--json", CAMEO_KMS_KEY_ENCRYPTION_KEY="alias/one")
    assert (ran.status, ran.error["code"]) == (ExitCode.USAGE, "key_not_local")
    assert not (tmp_path / "data" / "keys").exists()


def test_an_exchange_says_what_comes_next(here: Command) -> None:
    begin(here)
    assert "cameo keys rewrap" in here("keys", "exchange").out
    ran = here("keys", "rewrap", "--check")
    assert (ran.status, "left under another key" in ran.out) == (ExitCode.NO, True)
    ran = here("keys", "rewrap")
    assert (ran.status, "Nothing is left" in ran.out) == (ExitCode.OK, True)
    assert "signing keys" in ran.out
