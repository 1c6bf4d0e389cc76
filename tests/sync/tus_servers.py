"""Servers of tus 1.0 that others wrote, as processes: nothing is installed for them here.

`@tus/server` and `@tus/file-store` are looked for in ``build/tus-server/node_modules`` or where
MINGTANG_TUS_NODE says, `tuspyserver` in this interpreter's environment or in that of
MINGTANG_TUS_PYTHON.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_NODE = """
const {Server} = require('@tus/server');
const {FileStore} = require('@tus/file-store');
const [folder, port] = process.argv.slice(2);
new Server({path: '/v1/uploads', datastore: new FileStore({directory: folder})})
  .listen({host: '127.0.0.1', port: Number(port)});
"""
_PYTHON = """
import sys
import uvicorn
from fastapi import FastAPI
from tuspyserver import create_tus_router
app = FastAPI()
app.include_router(create_tus_router(prefix="v1/uploads", files_dir=sys.argv[1]))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="critical")
"""
NAMES = ("@tus/server", "tuspyserver")


class TusServer:
    """One foreign server with its folder; it can be killed and started again."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / "files"
        self.folder.mkdir()
        self.port = _free_port()
        self._command, self._environment = _command(name, folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [*self._command, str(self.folder), str(self.port)],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def content_of(self, address: str) -> bytes | None:
        """What stands there of one upload."""
        path = self.folder / address.rpartition("/")[2]
        return path.read_bytes() if path.is_file() else None

    def contents(self) -> list[bytes]:
        """What stands in its folder, without its notes beside the files."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return [p.read_bytes() for p in paths if p.suffix not in (".json", ".info", ".lock")]


@contextmanager
def running(name: str, folder: Path) -> Iterator[TusServer]:
    """Start a server, or skip the test and say what is missing."""
    server = TusServer(name, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _command(name: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    environment = dict(os.environ)
    if name == "@tus/server":
        modules = Path(os.environ.get("MINGTANG_TUS_NODE", _ROOT / "build/tus-server/node_modules"))
        node = shutil.which("node")
        if node is None or not (modules / "@tus" / "file-store").is_dir():
            pytest.skip(f"needs node, and @tus/server and @tus/file-store in {modules}")
        script = folder / "server.cjs"
        script.write_text(_NODE, encoding="utf-8")
        return [node, str(script)], environment | {"NODE_PATH": str(modules)}
    python = os.environ.get("MINGTANG_TUS_PYTHON", sys.executable)
    found = subprocess.run([python, "-c", "import tuspyserver, uvicorn"], capture_output=True)
    if found.returncode:
        pytest.skip("needs tuspyserver (PyPI)")
    script = folder / "server.py"
    script.write_text(_PYTHON, encoding="utf-8")
    return [python, str(script)], environment


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
