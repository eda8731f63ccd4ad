"""The command `cameo`.

$ cameo --help
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cameo_service.cli.database import db_app
from cameo_service.cli.demo.command import DEMO_EPILOG, demo
from cameo_service.cli.erasures import erasure_app
from cameo_service.cli.evaluation.app import evaluate_app
from cameo_service.cli.exits import ExitCode
from cameo_service.cli.exports import export_app
from cameo_service.cli.failures import Failure, describe
from cameo_service.cli.key_exchange import (
    EXCHANGE_EPILOG,
    REWRAP_EPILOG,
    exchange,
    rewrap,
)
from cameo_service.cli.keys import keys_app
from cameo_service.cli.log.app import log_app
from cameo_service.cli.models.app import models_app
from cameo_service.cli.options import epilog
from cameo_service.cli.receipts import receipt_app
from cameo_service.cli.recordings import VERIFY_EPILOG, verify_recording
from cameo_service.cli.serve import SERVE_EPILOG, serve
from cameo_service.cli.signing_keys import (
    RECERTIFY_EPILOG,
    ROTATE_EPILOG,
    SEAL_EPILOG,
    SIGNING_EPILOG,
    recertify,
    rotate,
    seal,
    signing,
)
from cameo_service.cli.withdrawal import (
    KID_MAY_BEGIN_WITH_DASH,
    RESIGN_EPILOG,
    WITHDRAW_EPILOG,
    resign,
    withdraw,
)
from cameo_service.cli.worker import WORKER_EPILOG, worker

app = typer.Typer(
    name="cameo",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    epilog=epilog(
        "cameo demo",
        "cameo serve --worker",
        codes="0  done, or yes; 1  no; 2  wrong usage; 3  a person has to look; "
        "4  something needed is missing or broken; 70  a fault of ours",
    ),
)
app.command("demo", epilog=DEMO_EPILOG)(demo)
app.command("serve", epilog=SERVE_EPILOG)(serve)
app.command("worker", epilog=WORKER_EPILOG)(worker)
app.add_typer(models_app)
app.add_typer(keys_app)
app.add_typer(log_app)
keys_app.command("signing", epilog=SIGNING_EPILOG)(signing)
keys_app.command("rotate", epilog=ROTATE_EPILOG)(rotate)
keys_app.command("recertify", epilog=RECERTIFY_EPILOG)(recertify)
keys_app.command("withdraw", epilog=WITHDRAW_EPILOG, context_settings=KID_MAY_BEGIN_WITH_DASH)(
    withdraw
)
keys_app.command("resign", epilog=RESIGN_EPILOG)(resign)
keys_app.command("seal", epilog=SEAL_EPILOG)(seal)
keys_app.command("exchange", epilog=EXCHANGE_EPILOG)(exchange)
keys_app.command("rewrap", epilog=REWRAP_EPILOG)(rewrap)
app.add_typer(db_app)
app.add_typer(receipt_app)
app.add_typer(export_app)
app.add_typer(erasure_app)
app.command("verify-recording", epilog=VERIFY_EPILOG)(verify_recording)
app.add_typer(evaluate_app)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"cameo {version('cameo-service')}")
        except PackageNotFoundError:
            typer.echo("cameo, from a source tree")
        raise typer.Exit


@app.callback()
def _cameo(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Identity and likeness consent for generated video: enroll, grant, check, permit, revoke.

    Every command has --json and --help. Settings are environment variables: CAMEO_DATA_DIR,
    CAMEO_DATABASE_URL, CAMEO_PUBLIC_URL and others.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors are one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = typer.main.get_command(app).main(
            args=given, prog_name="cameo", standalone_mode=False
        )
    except TyperException as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. What is still buffered must not be flushed into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        if os.environ.get("CAMEO_LOG_LEVEL") == "DEBUG":
            raise
        return _fail(describe(error), as_json="--json" in given)
    return status if isinstance(status, int) else ExitCode.OK


def _fail(failure: Failure, *, as_json: bool) -> int:
    typer.echo(failure.document if as_json else failure.line, err=True)
    return failure.exit_code


def _usage(error: TyperException) -> int:
    """A usage error in one line; where a group was named without a command, its help."""
    message = error.format_message()
    typer.echo(message if "\n" in message else f"cameo: usage: {message}", err=True)
    return ExitCode.USAGE


if __name__ == "__main__":
    sys.exit(main())
