"""How every connection to PostgreSQL is made, whatever the server's own settings are.

>>> from sqlalchemy.engine import make_url
>>> connect_arguments(make_url("postgresql://db/x?options=-csearch_path%3Dy"), patience=10)
... # doctest: +NORMALIZE_WHITESPACE
{'connect_timeout': 10, 'target_session_attrs': 'read-write',
 'options': '-csearch_path=y -c timezone=UTC -c idle_in_transaction_session_timeout=30s'}
"""

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import cycle
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from storage.errors import UnsupportedDatabase

PORT = 5432

IDLE_LIMIT = 30
"""Seconds after which PostgreSQL ends a transaction whose process says nothing, so that a stalled
replica cannot keep the writer's lock."""

DURABLE = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""
"""What was acknowledged is on the disk. A setting that waits for more than that is left alone."""


def connect_arguments(url: URL, *, patience: float) -> dict[str, Any]:
    """libpq's parameters beside those of the URL, and its `options` with those of the URL.

    A standby may be behind, so none is connected to where the URL names several servers. Moments
    are told in UTC: elsewhere the last hours of the year 9999 would lie behind the calendar's end.
    """
    return {
        "connect_timeout": max(2, math.ceil(patience)),
        "target_session_attrs": "read-write",
        "options": joined_options(
            url.query.get("options"),
            "timezone=UTC",
            f"idle_in_transaction_session_timeout={IDLE_LIMIT}s",
        ),
    }


def joined_options(given: object, *settings: str) -> str:
    """The `options` that a URL gave, and `settings` behind them.

    Raises `UnsupportedDatabase` where the URL gave them twice.
    """
    if given is not None and not isinstance(given, str):
        raise UnsupportedDatabase("the database url has `options` more than once")
    return " ".join([*([given] if given else []), *(f"-c {each}" for each in settings)])


def address_of(url: URL) -> str | None:
    """The host and port that `url` names, or several; None where libpq finds them by itself.

    >>> from sqlalchemy.engine import make_url
    >>> address_of(make_url("postgresql://cameo:secret@db/cameo"))
    'db:5432'
    """
    hosts, ports = (
        _listed(url.query.get("host") or url.host),
        _listed(url.query.get("port") or str(url.port or PORT)),
    )
    # a socket's folder has no port, and in a list of hosts each may bring its own
    return (
        ", ".join(
            host if host.startswith("/") or ":" in host else f"{host}:{port}"
            for host, port in zip(hosts, cycle(ports), strict=False)
        )
        or None
    )


def _listed(given: str | Sequence[str] | None) -> list[str]:
    text = given if isinstance(given, str) else ",".join(given or ())
    return [each for each in text.split(",") if each]


def postgres_engine(
    url: URL,
    *,
    patience: float,
    json_serializer: Callable[[object], str],
    pool_size: int,
    max_overflow: int,
) -> Engine:
    """An engine that waits `patience` seconds for a server, or for a connection of its own."""
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        json_serializer=json_serializer,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=patience,
        connect_args=connect_arguments(url, patience=patience),
    )

    @event.listens_for(engine, "connect")
    def keep_what_is_acknowledged(connection: DBAPIConnection, _: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(DURABLE)
        connection.commit()

    return engine
