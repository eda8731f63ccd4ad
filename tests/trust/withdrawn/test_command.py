"""`cameo keys withdraw`: what it refuses, and what it leaves as it was."""

from typing import Any

import pytest

from cameo_service.context import Context
from storage.errors import KeyUnavailable
from storage.keys import Purpose
from storage.local.root import LocalRoot
from tests.cli.running import Ran
from tests.trust.conftest import Command

pytestmark = pytest.mark.both_databases


def refusal(ran: Ran) -> tuple[int, str]:
    return ran.status, ran.error["code"]


def listed(command: Command) -> Any:
    ran = command("keys", "signing")
    assert ran.status == 0, ran.err
    return ran.document


def test_the_command_says_what_makes_no_sense(context: Context, command: Command) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    before = listed(command)
    why = ("--reason", "compromised")
    for nobody in ("nobody", "-Inobody", "--nobody"):
        assert refusal(command("keys", "withdraw", nobody, *why)) == (1, "not_found")
    assert command("keys", "withdraw", kid, *why, "--sinse", "x").status == 2
    assert refusal(command("keys", "withdraw", before["root"], *why)) == (2, "key_is_the_root")
    ran = command("keys", "withdraw", kid, "--reason", "stolen")
    assert refusal(ran) == (2, "unknown_reason")
    assert "unspecified, compromised, superseded" in ran.error["message"]
    ends = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    for since in ("yesterday", "2026-11-22T18:00:00", "2026-99-01T00:00:00Z", *ends):
        ran = command("keys", "withdraw", kid, *why, "--since", since)
        assert refusal(ran) == (2, "moment_malformed")
    ran = command("keys", "withdraw", kid, *why, "--since", "2126-11-22T18:00:00Z")
    assert refusal(ran) == (2, "withdrawn_in_future")
    assert listed(command) == before


def test_saying_it_again_changes_nothing(context: Context, command: Command) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    first = command("keys", "withdraw", kid, "--reason", "compromised")
    assert [key["status"] for key in first.document] == ["withdrawn", "current"]
    assert first.document[0]["revoked"]["reason"] == "compromised"
    before = listed(command)
    again = command("keys", "withdraw", kid, "--reason", "superseded")
    assert (again.status, again.document) == (0, first.document)
    assert listed(command) == before
    with context.store.read() as tx:
        entries = tx.log.entries(0, limit=1_000)
    assert sum(b'"kind":"key.withdrawn"' in each.entry for each in entries) == 1


def test_without_the_root_nothing_is_changed(
    context: Context, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    before = listed(command)
    with monkeypatch.context() as patched:

        def away(root: LocalRoot, message: bytes) -> bytes:
            assert isinstance(root, LocalRoot)
            assert message
            raise KeyUnavailable("the key service did not answer")

        patched.setattr(LocalRoot, "sign", away)
        ran = command("keys", "withdraw", kid, "--reason", "compromised")
        assert refusal(ran) == (4, "key_unavailable")
    assert listed(command) == before
