"""The service, with a bare raw-ASGI route beside it: what the server alone can do.

$ python -m bench.bare --data-dir data
"""

import argparse
import gc
import json
import socket
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from cameo_service.app import create_app
from cameo_service.logs import configure_logs
from cameo_service.settings import Settings
from cameo_service.wiring import build

PATH = "/bare"
BODY = b'{"object":"bare"}'


class Bare:
    """Answers one path with a constant, once the body has come; the rest is the service's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        while (await receive()).get("more_body", False):
            pass
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(BODY)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    """Serve until stopped; say on standard output where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    configure_logs("WARNING")
    settings = Settings(data_dir=parser.parse_args().data_dir, database_url=None, blob_url=None)
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listening.getsockname()[1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}", "port": port}), flush=True)
    with build(settings) as context:
        # as `cameo serve` has it
        app = Bare(create_app(context))
        gc.freeze()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            server_header=False,
        )
        server = uvicorn.Server(config)
        threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
        server.run(sockets=[listening])


def _stop_with_stdin(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
