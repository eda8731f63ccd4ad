"""Rows that somebody altered in the database: they hold up nobody else, and never go unnoticed.

passed_over("use", ["use_1"])

>>> is_plain("user:ann"), is_plain(7), is_plain("a\\x00b")
(True, False, False)
"""

from collections.abc import Collection

import structlog

from cameo_service import metrics
from storage.errors import Tampered

NAMED = 100
"""Rows that one line of the log names."""

_log = structlog.get_logger("cameo.altered")


def passed_over(kind: str, ids: Collection[str]) -> None:
    """Say in the log and in the metrics that these rows could not be read, and were not believed.

    `kind` is one of few: the record that such a row would be.
    """
    if not ids:
        return
    metrics.ALTERED.labels(kind=kind).inc(len(ids))
    named = sorted(ids)[:NAMED]
    _log.error(
        "altered rows passed over", kind=kind, count=len(ids), records=named, code=Tampered.code
    )


def is_plain(value: object) -> bool:
    """Whether this is text that may be an id: what nobody can store is none."""
    return isinstance(value, str) and value.isprintable()
