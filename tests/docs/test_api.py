"""`docs/api.md` says what the code says: routes, scopes, codes, the challenge."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from cameo_service.app import create_app
from cameo_service.callers import Scope
from cameo_service.settings import Settings
from cameo_service.wiring import build
from tools.api_reference import OUTSIDE_OPENAPI, TARGET, filled, operations
from tools.problem_codes import problem_codes
from verification.challenge import VERSION, from_document, to_document

PAGE = TARGET.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with build(Settings(data_dir=tmp_path_factory.mktemp("docs"))) as context:
        yield create_app(context)


def section(title: str) -> str:
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def test_the_tables_are_those_of_the_code() -> None:
    assert filled(PAGE) == PAGE, "run `python -m tools.api_reference`"


def test_the_table_of_routes_has_what_openapi_has_and_the_pages(app: FastAPI) -> None:
    described = {
        (method.upper(), path, operation["operationId"])
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }
    row = re.compile(r"^\| `(\w+)` \| `(\S+)` \| .* \| `?(.+?)`? \|$", re.MULTILINE)
    rows = set(row.findall(section("Routes")))
    assert rows == described | {("GET", *outside) for outside in OUTSIDE_OPENAPI.items()}


def test_a_route_without_a_scope_needs_no_key(app: FastAPI) -> None:
    """OpenAPI says the same from another side: which routes ask for a bearer token."""
    secured = {
        operation["operationId"]
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
        if operation.get("security")
    }
    scoped = {one.id.strip("`") for one in operations(app) if one.scope.startswith("`")}
    assert scoped == secured


def test_every_scope_is_explained_and_asked_for_by_a_route(app: FastAPI) -> None:
    rows = [line.rpartition(" | ")[0] for line in section("Who calls").splitlines()]
    explained = re.findall(r"`(\w+:\w+)`", "\n".join(rows))
    assert set(explained) == set(Scope)
    asked = {scope for one in operations(app) for scope in re.findall(r"`(\w+:\w+)`", one.scope)}
    assert asked == set(Scope)


def test_a_code_has_one_status() -> None:
    codes = [found.code for found in problem_codes()]
    assert len(codes) == len(set(codes))
    assert {"missing_scope", "invalid_request", "grantee_is_owner", "consent_denied"} <= set(codes)


def test_the_challenge_that_is_shown_is_one() -> None:
    shown = re.search(r"```json\n(.*?)```", section("The challenge"), re.DOTALL)
    assert shown is not None
    document = json.loads(shown[1])
    assert to_document(from_document(document)) == document
    assert f"`version` is {VERSION}." in PAGE


def test_every_file_that_the_pages_name_is_there() -> None:
    root = TARGET.parent.parent
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    named = {
        (page.name, name)
        for page in pages
        for name in re.findall(
            r"`((?:docs|permissions|verification|storage|cameo_service|tests|tools)/[\w./-]*\w/?)`",
            page.read_text(encoding="utf-8"),
        )
    }
    assert len(named) > 10
    assert [(page, name) for page, name in sorted(named) if not Path(root, name).exists()] == []
