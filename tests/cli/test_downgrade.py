"""`cameo db downgrade`: what is lost is said, and nothing is without a yes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import schema
from tests.cli.running import ROOT, Ran, cameo, environment
from tests.kinds import Kind

TARGET = "0004"


@pytest.fixture
def named(tmp_path: Path, databases: Kind) -> Iterator[str]:
    """A database of an operator's own, named by its URL, with one API key in it."""
    with databases.bare(tmp_path) as url:
        assert cameo("db", "upgrade", data_dir=tmp_path, CAMEO_DATABASE_URL=url).status == 0
        made = ("keys", "create", "--name", "P", "--principal", "org:p", "--scope", "all")
        assert cameo(*made, data_dir=tmp_path, CAMEO_DATABASE_URL=url).status == 0
        yield url


def asked(answer: bytes, tmp_path: Path, named: str) -> Ran:
    """The command on a terminal on which somebody answers."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, answer)
        ended = subprocess.run(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", "cameo_service", "db", "downgrade", TARGET],
            cwd=ROOT,
            env=environment(tmp_path, CAMEO_DATABASE_URL=named),
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def revision(tmp_path: Path, named: str) -> str:
    """Where the database is, by the refusal to take it back to a revision that there is not."""
    ran = cameo("db", "downgrade", "none", "--json", data_dir=tmp_path, CAMEO_DATABASE_URL=named)
    assert (ran.status, ran.error["code"]) == (2, "unknown_revision")
    return ran.error["message"].split("is at revision `")[1].split("`")[0]


def test_what_is_lost_is_said_and_the_service_says_that_the_schema_is_old(
    tmp_path: Path, named: str
) -> None:
    went = cameo(
        "db", "downgrade", TARGET, "--yes", "--json", data_dir=tmp_path, CAMEO_DATABASE_URL=named
    )
    assert went.status == 0, went.err
    assert (went.document["from"], went.document["revision"]) == (schema.HEAD, TARGET)
    lost = {each["table"]: each for each in went.document["lost"]}
    # one for every purpose, made when the API key was
    assert lost["signing_keys"]["rows"] > 0
    assert lost["signing_keys"]["whole"]
    assert "api_keys" not in lost
    refused = cameo("keys", "list", "--json", data_dir=tmp_path, CAMEO_DATABASE_URL=named)
    assert (refused.status, refused.error["code"]) == (4, "store_unavailable")
    assert f"is at `{TARGET}`" in refused.error["message"]
    assert "`cameo db upgrade`" in refused.error["message"]
    assert cameo("db", "upgrade", data_dir=tmp_path, CAMEO_DATABASE_URL=named).status == 0
    kept = cameo("keys", "list", "--json", data_dir=tmp_path, CAMEO_DATABASE_URL=named)
    assert kept.status == 0, kept.err
    assert [each["name"] for each in kept.document] == ["P"]


def test_it_asks_and_takes_a_no(tmp_path: Path, named: str) -> None:
    refused = asked(b"n\n", tmp_path, named)
    assert refused.status == 1
    assert "cameo: not_confirmed: nothing was changed" in refused.err
    assert "signing_keys" in refused.out
    assert revision(tmp_path, named) == schema.HEAD
    assert asked(b"y\n", tmp_path, named).status == 0
    assert revision(tmp_path, named) == TARGET


def test_where_nobody_can_be_asked_a_yes_is_wanted(tmp_path: Path, named: str) -> None:
    for json in ((), ("--json",)):
        refused = cameo(
            "db", "downgrade", TARGET, *json, data_dir=tmp_path, CAMEO_DATABASE_URL=named
        )
        assert refused.status == 2
        assert "confirmation_missing" in refused.err
    assert revision(tmp_path, named) == schema.HEAD


def test_only_a_revision_before_the_present_one_will_do(tmp_path: Path, named: str) -> None:
    for target in ("base", "9999", schema.HEAD):
        refused = cameo(
            "db",
            "downgrade",
            target,
            "--yes",
            "--json",
            data_dir=tmp_path,
            CAMEO_DATABASE_URL=named,
        )
        assert (refused.status, refused.error["code"]) == (2, "unknown_revision")
        assert TARGET in refused.error["message"]
    assert revision(tmp_path, named) == schema.HEAD


def test_a_database_without_a_schema_has_nothing_to_lose(tmp_path: Path, databases: Kind) -> None:
    with databases.bare(tmp_path) as url:
        refused = cameo(
            "db", "downgrade", "0001", "--json", data_dir=tmp_path, CAMEO_DATABASE_URL=url
        )
    code = "store_unavailable" if databases.name == "sqlite" else "unknown_revision"
    assert refused.error["code"] == code
