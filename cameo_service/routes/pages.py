"""The pages for people: plain HTML over the same API.

app.include_router(router)
"""

from os import PathLike, stat_result
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.types import Scope

from cameo_service.readiness import active_pack_of
from cameo_service.retention.schedule import schedule
from cameo_service.routes.accepting import wanted
from cameo_service.routes.dependencies import ContextOf
from cameo_service.signposts import SIGNPOSTS, operator_of, signposts_document

PAGES = Path(__file__).parent.parent / "pages"
HEADERS = {
    "Permissions-Policy": "camera=(self), microphone=(self)",
    "Cache-Control": "no-cache",
}

router = APIRouter(tags=["pages"], include_in_schema=False)
_templates = Environment(
    loader=FileSystemLoader(PAGES / "templates"), autoescape=select_autoescape()
)


@router.get("/")
def start_page(
    context: ContextOf, accept: Annotated[list[str] | None, Header()] = None
) -> Response:
    """Whose deployment this is, and ways on: a page, or the same as JSON for who prefers that."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
    if wanted(",".join(accept or ()), ("text/html", "application/json")) == "application/json":
        return JSONResponse(signposts_document(context.settings), headers=headers)
    page = _templates.get_template("start.html").render(
        operator=operator_of(context.settings), signposts=SIGNPOSTS
    )
    return HTMLResponse(page, headers=headers)


@router.get("/enroll/{id}", response_class=HTMLResponse)
def capture_page(id: str, context: ContextOf) -> HTMLResponse:
    """The capture page. The secret stays in the fragment, which browsers do not send."""
    page = _templates.get_template("capture.html").render(
        enrollment=id, pack=active_pack_of(context)
    )
    return HTMLResponse(page, headers=HEADERS)


@router.get("/retention", response_class=HTMLResponse)
def retention_page(context: ContextOf) -> HTMLResponse:
    """What is kept and for how long, in plain words: the schedule that the sweep works by."""
    page = _templates.get_template("retention.html").render(rules=schedule(context.settings))
    return HTMLResponse(page, headers={"Cache-Control": "no-cache"})


class Assets(StaticFiles):
    """Scripts, styles and drawings, asked about anew each time.

    Modules import each other by name: an old one beside a new one would break the page.
    """

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, which may be kept but not used without asking."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_static(app: FastAPI) -> None:
    """Serve scripts and styles."""
    app.mount("/static", Assets(directory=PAGES / "static"), name="static")
