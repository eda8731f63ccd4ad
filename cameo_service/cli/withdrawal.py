"""`cameo keys withdraw | resign`: a signing key that was stolen, and what it had signed."""

from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.log.reading import broken_is_no
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table
from cameo_service.cli.signing_keys import documents_of, show

if TYPE_CHECKING:
    from datetime import datetime

    from cameo_service.resigning import Resigned
    from storage.revocations import Reason

KID_MAY_BEGIN_WITH_DASH = {"ignore_unknown_options": True}
"""One in 64 does, being base64url: it is an argument all the same, and no option."""
REASON_HELP = (
    "Why, published with it, in the words of OpenID Federation. One of: compromised, superseded, "
    "unspecified."
)
SINCE_HELP = (
    "From when on the key must be considered revoked, in RFC 3339, such as 2026-11-22T18:00:00Z: "
    "what the consent log has from before still counts. Withdraw again to move it to an earlier "
    "moment.  [default: now]"
)


def withdraw(
    kid: Annotated[str, typer.Argument(help="The key, as `cameo keys signing` lists it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help=REASON_HELP)],
    since: Annotated[str | None, typer.Option("--since", help=SINCE_HELP)] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a signing key for good, in every running service too.

    The root key has to be at hand: it signs the withdrawal, which is published with the keys and
    stands in the consent log. Within CAMEO_KEY_REFRESH_S the key signs nothing any more; if none
    followed it, the next one is made and signs at once. Permits, packages, status lists and
    archives by the key are refused from then on, wherever the keys are fetched anew: ask for them
    again. Receipts and erasure certificates hold where the log has them from before. Credentials
    and signed grants are refused until `cameo keys resign` has them signed anew. A withdrawn key
    of the log has to be told to witnesses and to who pinned it. There is no way back.
    """
    from datetime import UTC, datetime

    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import require_there
    from cameo_service.wiring import ring_alone
    from storage.keyring.withdrawing import WithdrawalRefused

    why, at = _reason(reason), None if since is None else _moment(since)
    settings = load_settings(data_dir=data_dir)
    require_there(settings)
    # not prepared, since a withdrawal that is missing keeps it from that, and is mended here
    with ring_alone(settings) as ring:
        try:
            keys = ring.withdraw(kid, reason=why, since=at)
        except WithdrawalRefused as error:
            raise CliError(error.code, str(error), exit_code=ExitCode.USAGE) from error
        documents = documents_of(keys, ring.certified(), datetime.now(UTC))
    show(documents, as_json=as_json)
    if not as_json and keys[0].purpose in ("identity", "grant"):
        typer.echo("\nSign anew what it had signed: `cameo keys resign`.")


WITHDRAW_EPILOG = epilog(
    "cameo keys withdraw kPrK_qmx… --reason compromised",
    "cameo keys withdraw kPrK_qmx… --reason compromised --since 2026-11-22T18:00:00Z",
    codes="1  there is no such key; 2  the reason or the moment makes no sense; 4  the database, "
    "or the root key, cannot be had, and nothing was changed",
)


def resign(
    *,
    unlogged: Annotated[
        bool,
        typer.Option(
            "--unlogged",
            help="Sign anew what no log entry from before commits to as well: credentials of "
            "releases that did not log them. It then rests on the database alone: not where "
            "whoever had the key could write to that.",
        ),
    ] = False,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign credentials and grants anew that a withdrawn key had signed.

    Those that the consent log committed to before the key must be considered revoked, while they
    are still what is stored. Whatever else a withdrawn key signed is left, refused as before. May
    be stopped, and be run again; the service may run.
    """
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.resigning import resign as sign_anew

    with broken_is_no(), existing(load_settings(data_dir=data_dir)) as context:
        found = sign_anew(context, unlogged=unlogged)
    _tell(found, as_json=as_json)
    if found.left:
        raise typer.Exit(int(ExitCode.NO))


RESIGN_EPILOG = epilog(
    "cameo keys resign",
    "cameo keys resign --unlogged",
    codes="1  some were left, or the log is broken; 4  the database, or a key, cannot be had",
)


def _tell(found: "Resigned", *, as_json: bool) -> None:
    if as_json:
        emit_json({"credentials": found.credentials, "grants": found.grants, "left": found.left})
        return
    typer.echo(f"Signed anew: {found.credentials} credentials, {found.grants} grants.")
    if found.left:
        emit_table(("left", "why"), list(found.left.items()))


def _reason(text: str) -> "Reason":
    from storage.revocations import Reason

    try:
        return Reason(text)
    except ValueError:
        known = ", ".join(Reason)
        raise CliError(
            "unknown_reason", f"`{text}` is no reason: there are {known}", exit_code=ExitCode.USAGE
        ) from None


def _moment(text: str) -> "datetime":
    from datetime import UTC, datetime

    try:
        given = datetime.fromisoformat(text)
        # one at the end of all dates is no moment in UTC
        at = None if given.tzinfo is None else given.astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise CliError(
            "moment_malformed",
            f"`{text}` is no moment of RFC 3339 with its offset, such as 2026-11-22T18:00:00Z",
            exit_code=ExitCode.USAGE,
        )
    return at
