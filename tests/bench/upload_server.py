"""The central server with one more route, a plain PUT into a file, to measure against.

Usage: python -m tests.bench.upload_server FOLDER; prints its port.
"""

import asyncio
import os
import socket
import sys
import threading
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.central.database import open_database
from kiosk.central.forms import read_forms
from kiosk.central.server import create_app, run_until
from kiosk.central.site import publish_site
from kiosk.sync.instant import utc_now

FORMS = Path(__file__).parents[2] / "assets" / "forms"


def main(folder: Path) -> None:
    database = open_database(folder, ["public-420500", "site-main"])
    publish_site(database, "site-main", read_forms(FORMS))
    app = create_app(database, utc_now)

    async def put(request: Request) -> Response:
        # As careful as an upload: the answer means that the bytes are on the disk.
        with (folder / "plain").open("wb") as file:
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
            file.flush()
            await run_in_threadpool(os.fsync, file.fileno())
        return Response(status_code=201)

    app.router.routes.append(Route("/plain", put, methods=["PUT"]))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    asyncio.run(run_until(app, listener, threading.Event()))


main(Path(sys.argv[1]))
