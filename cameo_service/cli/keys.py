"""`cameo keys`: the API keys of platforms and generators."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import DataDirOption, JsonOption, epilog
from cameo_service.cli.output import emit_json, emit_table

if TYPE_CHECKING:
    from cameo_service.callers import Scope
    from storage.records import ApiKeyRecord

keys_app = typer.Typer(
    name="keys",
    help="API keys of platforms and generators, and what the service signs with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SCOPES_HELP = (
    "What the key may do; repeat for several, or `all`. One of: enrollments:write, "
    "enrollments:read, enrollments:review, cameos:read, cameos:write, grants:read, "
    "grants:write, characters:read, characters:write, characters:review, relationships:read, "
    "relationships:write, representation:read, representation:write, representation:attest, "
    "people:read, people:write, deployment:read, deployment:write, consent:check, "
    "consent:explain, consent:search, access:request, access:decide, permits:issue, "
    "permits:introspect, packages:fetch, protected:read, protected:write, scans:read, "
    "scans:write, notices:read, notices:write, uses:read, uses:write, webhooks:read, "
    "webhooks:write, exports:read, exports:biometrics."
)


@keys_app.command(
    "create",
    epilog=epilog(
        "cameo keys create --name Platform --principal org:platform --scope all "
        "--acts-for 'user:*'",
        "cameo keys create --name Studio --principal app:studio --scope consent:check "
        "--scope permits:issue --acts-for 'user:*' --json",
    ),
)
def create(
    *,
    name: Annotated[str, typer.Option("--name", help="What people call the key.")],
    principal: Annotated[
        str, typer.Option("--principal", help="Whose key it is: `user:…`, `org:…` or `app:…`.")
    ],
    scope: Annotated[list[str], typer.Option("--scope", help=SCOPES_HELP)],
    acts_for: Annotated[
        list[str] | None,
        typer.Option(
            "--acts-for",
            help="A principal, or a whole kind such as `user:*`, that the key may speak for.",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create an API key and print it. It is not shown again."""
    from cameo_service.callers import create_key
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import is_there, opened

    scopes = _scopes(scope)
    settings = load_settings(data_dir=data_dir)
    begins = not is_there(settings)
    with opened(settings) as context, context.store.write() as tx:
        record, key = create_key(
            tx,
            name=name,
            principal=principal,
            scopes=scopes,
            acts_for=tuple(acts_for or ()),
            now=context.clock(),
        )
    if as_json:
        emit_json({**_document(record), "key": key})
    else:
        typer.echo(f"Keep this key now, it is not shown again:\n\n  {key}\n\nId: {record.id}")
        if begins:
            # or somebody in another directory wonders why the service does not know the key
            typer.echo(f"There was no deployment in `{settings.data_dir}`: it began.", err=True)


@keys_app.command("list", epilog=epilog("cameo keys list", "cameo keys list --json"))
def list_keys(*, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """List every key, revoked ones too, the oldest first. Secrets are not stored."""
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing

    with existing(load_settings(data_dir=data_dir)) as context, context.store.read() as tx:
        documents = [_document(record) for record in tx.keys.list()]
    if as_json:
        emit_json(documents)
        return
    emit_table(
        ("id", "name", "principal", "scopes", "acts for", "status"),
        [
            (
                document["id"],
                document["name"],
                document["principal"],
                " ".join(document["scopes"]),
                " ".join(document["acts_for"]),
                "revoked" if document["revoked_at"] else "active",
            )
            for document in documents
        ],
    )


@keys_app.command(
    "revoke",
    epilog=epilog(
        "cameo keys revoke ck_3v8…",
        "cameo keys revoke ck_3v8… --with-webhooks",
        codes="1  there is no such key",
    ),
)
def revoke(
    id: Annotated[str, typer.Argument(help="The key's id, `ck_…`, without its secret.")],
    *,
    with_webhooks: Annotated[
        bool,
        typer.Option(
            "--with-webhooks",
            help="Disable the webhooks that it registered, too. Their principals get a notice.",
        ),
    ] = False,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key. Revoking again changes nothing.

    What it created stays, and without --with-webhooks the webhooks that it registered are sent
    still. After a theft, look through `GET /v1/webhooks` of the principals that it acted for, in
    either case: a key can change webhooks that another one registered.
    """
    from cameo_service.callers import revoke_key
    from cameo_service.cli.configuration import load_settings
    from cameo_service.cli.opening import existing
    from cameo_service.webhooks.endpoints import disable_with_key

    disabled: list[str] = []
    with existing(load_settings(data_dir=data_dir)) as context:
        with context.store.write() as tx:
            revoke_key(tx, id, now=context.clock())
            if with_webhooks:
                disabled = disable_with_key(tx, id, now=context.clock())
        with context.store.read() as tx:
            record = tx.keys.find(id)
    if record is None:
        raise LookupError(f"key `{id}` was revoked and is gone")
    if as_json:
        emit_json(
            {**_document(record), "webhooks_disabled": disabled}
            if with_webhooks
            else _document(record)
        )
        return
    typer.echo(f"{id} is revoked")
    if with_webhooks:
        named = ", ".join(disabled) or "none was enabled"
        typer.echo(f"Webhooks that it registered, disabled now: {named}")


def _scopes(given: list[str]) -> "frozenset[Scope]":
    from cameo_service.callers import Scope

    unknown = [scope for scope in given if scope not in {"all", *Scope}]
    if unknown:
        named, known = ", ".join(f"`{scope}`" for scope in unknown), ", ".join(Scope)
        raise CliError(
            "unknown_scope", f"no such scope: {named}; there are {known}", exit_code=ExitCode.USAGE
        )
    return frozenset(Scope if "all" in given else map(Scope, given))


def _document(record: "ApiKeyRecord") -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "principal": record.principal,
        "scopes": list(record.scopes),
        "acts_for": list(record.acts_for),
        "created_at": record.created_at.isoformat(),
        "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
    }
