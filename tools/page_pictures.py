"""Take the pictures of the capture page in `docs/images/`, with nobody before the camera.

The real page of a real service, in Chromium, with a camera that shows an empty wall.

    $ python -m tools.page_pictures
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn
from playwright.sync_api import FloatRect, Page, ViewportSize, sync_playwright

from cameo_service.app import create_app
from cameo_service.callers import Scope, create_key
from cameo_service.client import CameoClient
from cameo_service.context import Context
from cameo_service.settings import Settings
from cameo_service.wiring import build
from storage.store import migrate
from tests.pages.browser import FakeDevices, chromium
from tests.pages.fake_camera import write_picture, write_sound

TARGET = Path(__file__).parent.parent / "docs" / "images"
SIZE: ViewportSize = {"width": 880, "height": 960}
PART: FloatRect = {"x": 0, "y": 0, "width": 880, "height": 700}


def take_pictures(folder: Path) -> None:
    """Walk through the page, and keep its screens as PNG files in `folder`."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, _capture_url(Path(scratch)) as url:
        devices = _empty_room(Path(scratch))
        with sync_playwright() as playwright, chromium(playwright, *devices.arguments) as browser:
            page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
            page.goto(url)
            _walk(page, folder)


def _walk(page: Page, folder: Path) -> None:
    page.get_by_role("checkbox").check()
    page.screenshot(path=folder / "capture-statement.png", clip=PART)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Turn on camera and microphone").wait_for()
    page.screenshot(path=folder / "capture-prepare.png", clip=PART)
    page.get_by_role("button", name="Turn on camera and microphone").click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("[data-step^=turn]").wait_for()
    page.wait_for_timeout(250)
    page.screenshot(path=folder / "capture-turn.png", clip=PART)


def _empty_room(folder: Path) -> FakeDevices:
    """A wall with the light from one side, and silence."""
    across = np.linspace(150, 205, 640)[None, :, None]
    down = np.linspace(0, 25, 480)[:, None, None]
    wall = np.broadcast_to(across - down, (480, 640, 3)) * np.array([0.97, 0.99, 1.0])
    devices = FakeDevices(picture=folder / "wall.mjpeg", sound=folder / "silence.wav")
    write_picture(devices.picture, [np.asarray(wall, np.uint8)] * 30)
    write_sound(devices.sound, np.zeros(48_000, np.float32))
    return devices


@contextmanager
def _capture_url(folder: Path) -> Iterator[str]:
    """The link of a new enrollment at a service of its own."""
    settings = Settings(data_dir=folder / "data")
    migrate(settings.resolved_database_url)
    with build(settings) as context, _serving(context) as url:
        with context.store.write() as tx:
            _, key = create_key(
                tx,
                name="pictures",
                principal="org:pictures",
                scopes=frozenset({Scope.ENROLLMENTS_WRITE}),
                acts_for=("user:*",),
                now=context.clock(),
            )
        with CameoClient(url, key=key) as platform:
            started = platform.start_enrollment("user:alice")
        yield f"{url}/enroll/{started.id}#{started.client_secret}"


@contextmanager
def _serving(context: Context) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(create_app(context), host="127.0.0.1", port=0, log_config=None)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    take_pictures(TARGET)
