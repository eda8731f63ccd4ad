"""The pages for people: plain HTML over the same API.

app.include_router(router)
"""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape

PAGES = Path(__file__).parent.parent / "pages"

router = APIRouter(tags=["pages"], include_in_schema=False)
_templates = Environment(
    loader=FileSystemLoader(PAGES / "templates"), autoescape=select_autoescape()
)


@router.get("/enroll/{id}", response_class=HTMLResponse)
def capture_page(id: str) -> HTMLResponse:
    """The capture page. The secret stays in the fragment, which browsers do not send."""
    page = _templates.get_template("capture.html").render(enrollment=id)
    return HTMLResponse(page, headers={"Permissions-Policy": "camera=(self), microphone=(self)"})


def mount_static(app: FastAPI) -> None:
    """Serve scripts and styles."""
    app.mount("/static", StaticFiles(directory=PAGES / "static"), name="static")
