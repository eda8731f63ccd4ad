"""Numbers and keys that somebody put something else in place of: named, and never shown.

SQLite lets any value stand in any column, also text that is not UTF-8, which no driver can fetch.
"""

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from storage.contracts import Store, Transaction
from storage.database import Database
from storage.errors import Tampered
from storage.local.key_encryption import LocalKeyEncryption
from storage.records import ReceiptRecord
from storage.store import open_store
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

SECRET = "swordfish"
STRAY = {
    "text": f"'{SECRET}'",
    "bytes": f"CAST('{SECRET}' AS BLOB)",
    "not UTF-8": f"CAST(CAST('{SECRET}' AS BLOB) || x'ff' AS TEXT)",
}
NUMBERS: dict[str, tuple[list[str], Callable[[Transaction], object]]] = {
    "revisions": (
        ["UPDATE revisions SET number = {}"],
        lambda tx: tx.revisions.current(),
    ),
    "log_entries": (
        [
            "DELETE FROM log_subjects",
            "DELETE FROM log_openings",
            "UPDATE log_entries SET number={}",
        ],
        lambda tx: tx.log.size(),
    ),
    "log_entries, read": (
        [
            "DELETE FROM log_subjects",
            "DELETE FROM log_openings",
            "UPDATE log_entries SET number={}",
        ],
        lambda tx: tx.log.entries(0, limit=9),
    ),
    "log_subjects": (
        ["UPDATE log_subjects SET number = {}"],
        lambda tx: tx.log.forget("cam_1"),
    ),
    "log_subjects, unopened": (
        ["UPDATE log_subjects SET number = {}", "DELETE FROM receipts"],
        lambda tx: tx.log.unopened(),
    ),
    "receipts": (
        ["UPDATE receipts SET log_number = {}"],
        lambda tx: tx.receipts.entries_of("cameo:cam_1"),
    ),
    "permits": (
        ["UPDATE permits SET status_index = {}"],
        lambda tx: tx.permits.next_index(),
    ),
}
# bytes are no key that anybody looks for, and pass
KEYS: dict[str, tuple[list[str], Callable[[Transaction], object]]] = {
    "revision_keys": (
        ["UPDATE revision_keys SET key = {}"],
        lambda tx: tx.revisions.touched_since(0),
    ),
    "permit_basis": (
        ["UPDATE permit_basis SET permit_id = {}", "UPDATE permits SET id = {}"],
        lambda tx: tx.permits.revoke_resting_on_each("cameo:cam_1", now=NOW),
    ),
}

pytestmark = pytest.mark.sqlite_only("PostgreSQL keeps the types of its columns")


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    store = open_store(sqlite_url, key_encryption=LocalKeyEncryption(bytes(32)))
    with store.write() as tx:
        tx.revisions.touch("cameo:cam_1", now=NOW)
        tx.log.append("a", {}, subjects=("cam_1",), now=NOW)
        tx.permits.add(samples.permit())
        tx.reservations.reserve("grant:gra_1", "per_1", expires_at=NOW + MINUTE)
        tx.uses.add(samples.use())
        tx.receipts.add(
            ReceiptRecord(
                id="rcp_1",
                use_id="use_1",
                cameo_id=None,
                statement="a.b.c",
                log_number=0,
                created_at=NOW,
            )
        )
    yield store
    store.close()


def spoil(url: str, statements: list[str], stray: str) -> None:
    """Do what the service never does."""
    database = Database(url)
    with database.write_connection() as connection:
        driver: Any = connection.connection.driver_connection
        driver.commit()
        # what refers to a row is of no use to who alters it
        driver.execute("PRAGMA foreign_keys = OFF")
        for each in statements:
            assert connection.execute(text(each.format(stray))).rowcount > 0
    database.close()


def refused(store: Store, ask: Callable[[Transaction], object]) -> None:
    with pytest.raises(Tampered) as caught, store.write() as tx:
        ask(tx)
    # the log shows of an exception also what it came of
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("column", NUMBERS)
def test_what_is_no_number_is_named_and_not_shown(
    store: Store, sqlite_url: str, column: str, stray: str
) -> None:
    statements, ask = NUMBERS[column]
    spoil(sqlite_url, statements, STRAY[stray])
    refused(store, ask)


@pytest.mark.parametrize("column", KEYS)
def test_what_is_no_text_is_named_and_not_shown(store: Store, sqlite_url: str, column: str) -> None:
    statements, ask = KEYS[column]
    spoil(sqlite_url, statements, STRAY["not UTF-8"])
    refused(store, ask)


@pytest.mark.parametrize("stray", ["bytes", "not UTF-8"])
def test_what_is_reserved_is_counted_or_refused(store: Store, sqlite_url: str, stray: str) -> None:
    spoil(sqlite_url, ["UPDATE reservations SET key = {}"], STRAY[stray])
    refused(store, lambda tx: tx.reservations.commit("per_1", now=NOW))
