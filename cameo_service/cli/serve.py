"""`cameo serve`: the HTTP service, with a supervised worker if asked for."""

import gc
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import (
    DataDirOption,
    JsonOption,
    MigrateOption,
    StdinOption,
    epilog,
)

if TYPE_CHECKING:
    from cameo_service.context import Context
    from cameo_service.settings import Settings

GRACE_S = 10
"""How long requests in hand may take after the service was told to stop."""

LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (looked up, and not listened on)
"""Where to find who listens on every address. Browsers lend a camera there, and a worker of its own
signs by that address too, unless the public URL is set."""


def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on.  [default: CAMEO_HOST or 127.0.0.1]"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", help="Port to listen on, 0 for any.  [default: CAMEO_PORT or 8400]"),
    ] = None,
    with_worker: Annotated[
        bool, typer.Option("--worker", help="Run a worker beside it, restarted when it dies.")
    ] = False,
    data_dir: DataDirOption = None,
    migrate: MigrateOption = False,
    with_stdin: StdinOption = False,
    as_json: JsonOption = False,
) -> None:
    """Serve the API and the pages until stopped.

    The default database, a SQLite file in the data directory, is created and upgraded by itself.
    A database named by CAMEO_DATABASE_URL is changed only by `cameo db upgrade` or --migrate.
    """
    from cameo_service.cli.configuration import load_settings, warn_of_unknown_variables
    from cameo_service.cli.opening import opened
    from cameo_service.cli.supervision import WorkerSupervisor
    from cameo_service.log.sequencing import sequencing
    from cameo_service.logs import configure_logs

    settings = load_settings(host=host, port=port, data_dir=data_dir)
    configure_logs(settings.log_level)
    warn_of_unknown_variables(settings)
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(settings))
        settings = _addressed(settings, listening)
        context = stack.enter_context(opened(settings, migrate=migrate))
        stack.enter_context(sequencing(context))
        if with_worker:
            stack.enter_context(WorkerSupervisor(settings))
        _run(context, listening, announce=_announcer(settings, as_json=as_json), stdin=with_stdin)


SERVE_EPILOG = epilog(
    "cameo serve --worker",
    "cameo serve --host 0.0.0.0 --port 8400",
    codes="4  the address is taken, or the database or its schema is missing",
)


def _listen(settings: "Settings") -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        raise CliError(
            "cannot_listen",
            f"cannot listen on `{address}`: {error.strerror or error}",
            exit_code=ExitCode.UNAVAILABLE,
        ) from error


def _addressed(settings: "Settings", listening: socket.socket) -> "Settings":
    """The settings with the port in use, also in the public URL unless that was set."""
    bound, port = listening.getsockname()[:2]
    changes: dict[str, object] = {"port": port}
    if "public_url" not in settings.model_fields_set:
        # by what it is bound to: every address can be written in several ways
        address = LOOPBACK_OF.get(bound, settings.host)
        host = f"[{address}]" if ":" in address else address
        changes["public_url"] = f"http://{host}:{port}"
    return settings.model_copy(update=changes)


def _announcer(settings: "Settings", *, as_json: bool) -> Callable[[], None]:
    from cameo_service.cli.output import emit_json

    def announce() -> None:
        if as_json:
            emit_json({"event": "listening", "url": settings.public_url, "port": settings.port})
        else:
            typer.echo(f"Listening on {settings.public_url} (Ctrl-C stops)")

    return announce


def _run(
    context: "Context", listening: socket.socket, *, announce: Callable[[], None], stdin: bool
) -> None:
    import uvicorn

    from cameo_service.app import create_app
    from cameo_service.cli.stopping import stop_signals, stop_with_stdin

    class AnnouncingServer(uvicorn.Server):
        """Says so once requests are answered."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce()

    app = create_app(context)
    # what was loaded by now stays: the collector need not walk it while somebody waits
    gc.freeze()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = AnnouncingServer(config)

    def stop() -> None:
        server.should_exit = True

    # Around uvicorn's own handlers: it raises the signal again when it is done, which would end
    # this process before the worker was told.
    with stop_signals(stop):
        if stdin:
            stop_with_stdin()
        server.run(sockets=[listening])
