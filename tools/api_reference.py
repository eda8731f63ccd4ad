"""Write the tables of `docs/api.md` from the code; a test compares the two.

$ python -m tools.api_reference
"""

import inspect
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from cameo_service.app import create_app
from cameo_service.callers import Scope
from cameo_service.routes.dependencies import access_with
from cameo_service.settings import Settings
from cameo_service.wiring import build
from permissions.decision import ReasonCode
from permissions.disclosure import TOLD
from tools.problem_codes import problem_codes
from verification.remedies import REMEDIES

TARGET = Path(__file__).parent.parent / "docs" / "api.md"
PERSON = "or a session token"
NO_KEY = {"openEnrollment": "none: the client secret"}
BESIDES = {
    "checkConsent": f"; `{Scope.CONSENT_EXPLAIN}` to have everything explained",
    "exportPerson": f"; `{Scope.EXPORTS_BIOMETRICS}` for templates, stills and speech",
}
"""Scopes that open more of a route's answer."""
OUTSIDE_OPENAPI = {
    "/": "a page, or the same links as JSON",
    "/enroll/{id}": "a page",
    "/retention": "a page",
    "/.well-known/authzen-configuration/{path}": "the same, for a public URL with a path",
}
"""What the table says of routes that the OpenAPI document leaves out."""
MEANINGS = {
    ReasonCode.REQUEST_MALFORMED: "The request names no likeness, one twice, or one without a "
    "facet, or a code that does not exist.",
    ReasonCode.CONTEXT_UNDECLARED: "The answer depends on something that was left open; the "
    "message names it. A remix has to name what it is made from.",
    ReasonCode.REQUESTER_UNKNOWN: "The requester is not known here.",
    ReasonCode.REQUESTER_SUSPENDED: "The requester is suspended here.",
    ReasonCode.DEPLOYMENT_RULE: "A rule of this service stands against it, not the owner.",
    ReasonCode.ANCESTOR_UNKNOWN: "The work that is to be remixed is not known here.",
    ReasonCode.ANCESTRY_UNRESOLVED: "It is made from too many earlier works.",
    ReasonCode.APPROVAL_NEEDED: "Somebody has to approve this first.",
    ReasonCode.IS_OWNER: "The requester owns the cameo.",
    ReasonCode.IS_REPRESENTATIVE: "The requester represents the owner.",
    ReasonCode.IN_AUDIENCE: "The owner's policy lets this requester do this.",
    ReasonCode.COVERED_BY_GRANT: "A grant covers the whole request; `grants` names it.",
    ReasonCode.APPROVED_ONCE: "This very request was approved.",
    ReasonCode.NOT_PERMITTED: "Nothing allows it, or something forbids it: which, is the owner's "
    "affair.",
    ReasonCode.UNAVAILABLE: "There is no such cameo, or it cannot be used now.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route: what a caller sends where, and what the key needs."""

    method: str
    path: str
    scope: str
    id: str


def operations(app: FastAPI) -> list[Operation]:
    """Every route of `app`, in its order. Mounted files are none."""
    return [
        Operation(
            method=method,
            # as OpenAPI has it
            path=route.path_format,
            scope=_scope_of(route),
            id=f"`{route.operation_id}`"
            if route.include_in_schema
            else OUTSIDE_OPENAPI[route.path_format],
        )
        for route in _routes(app.routes)
        for method in sorted(route.methods or ())
    ]


def _routes(routes: Sequence[object]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            # FastAPI keeps an included router as one entry
            included = getattr(route, "original_router", None)
            yield from _routes(getattr(included, "routes", ()))


def _scope_of(route: APIRoute) -> str:
    """The scope that the route's dependencies ask for."""
    id = str(route.operation_id)
    for call in _dependencies(route.dependant):
        held = inspect.getclosurevars(call).nonlocals if inspect.isfunction(call) else {}
        scopes = held.get("scopes", (held.get("scope"),))
        if scopes != (None,):
            named = " or ".join(f"`{scope}`" for scope in scopes) + BESIDES.get(id, "")
            return f"{named}, {PERSON}" if _takes_person(call) else named
    return NO_KEY.get(id, "none")


def _takes_person(call: object) -> bool:
    return getattr(call, "__qualname__", "").startswith(f"{access_with.__name__}.")


def _dependencies(dependant: Dependant) -> Iterator[object]:
    for below in dependant.dependencies:
        yield below.call
        yield from _dependencies(below)


def tables() -> dict[str, str]:
    """Every generated table of the page, by the name of its markers."""
    with tempfile.TemporaryDirectory() as folder, build(Settings(data_dir=Path(folder))) as context:
        found = operations(create_app(context))
    return {
        "routes": _table(
            ("", "path", "scope", "operation"),
            ((f"`{one.method}`", f"`{one.path}`", one.scope, one.id) for one in found),
        ),
        "problems": _table(
            ("code", "status", "when"),
            ((f"`{one.code}`", str(one.status.value), one.meaning) for one in problem_codes()),
        ),
        "last_error": _table(
            ("code", "what the person reads"),
            ((f"`{code}`", remedy.happened) for code, remedy in REMEDIES.items()),
        ),
        "reasons": _table(
            ("code", "why"),
            ((f"`{code}`", MEANINGS[code]) for code in ReasonCode if code in TOLD),
        ),
    }


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells).strip() + " |" for cells in lines)


def filled(page: str) -> str:
    """The page with every table between its markers renewed. Each must be there once."""
    for name, table in tables().items():
        start, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        if page.count(start) != 1 or page.count(end) != 1:
            raise ValueError(f"the page has no place for `{name}`, or several")
        before, _, rest = page.partition(start)
        page = f"{before}{start}\n{table}\n{end}{rest.partition(end)[2]}"
    return page


if __name__ == "__main__":
    TARGET.write_text(filled(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
