import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.phone.page import Invitation, PhonePage, Place
from kiosk.phone.visit import Limits
from kiosk.private.store import PrivateStore
from tests.private.builders import KEY, Machine

WAIT_S = 20.0
HERE = Place("127.0.0.1", 0)
LIMITS = Limits(file_bytes=3_000_000, files=4, seconds=600)


@dataclass
class Phone:
    """A page, the store behind it, and an HTTP client beside it."""

    page: PhonePage
    folder: Path
    open_store: Callable[[], PrivateStore]

    def open(self) -> Invitation:
        self.page.open()
        self.until(lambda: self.page.invitation() is not None or self.page.failed)
        invitation = self.page.invitation()
        assert invitation is not None
        return invitation

    def until(self, condition: Callable[[], bool]) -> None:
        ended = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < ended, "it did not come to that"
            time.sleep(0.005)

    def call(self, method: str, url: str, client: str = "127.0.0.1", **more: Any) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", From(client))
            return session.request(method, url, timeout=WAIT_S, **more)

    def send(self, url: str, *files: tuple[str, bytes], **more: Any) -> Any:
        return self.call("POST", url, files=[("file", file) for file in files], **more)


class From(requests.adapters.HTTPAdapter):
    """Calls from one address of this machine."""

    def __init__(self, client: str) -> None:
        self._client = client
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._client, 0), **more)


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    folder = tmp_path / "terminal"
    machine = Machine()

    def open_store() -> PrivateStore:
        return PrivateStore(folder, KEY, clocks=machine, margin_bytes=0)

    with ExitStack() as ending:

        def make(limits: Limits = LIMITS, place: Place = HERE, **more: Any) -> Phone:
            page = PhonePage(place, limits, open_store, **more)
            ending.callback(page.stop)
            return Phone(page, folder, open_store)

        yield make
    for thread in threading.enumerate():
        if thread.name.startswith("phone"):
            thread.join(WAIT_S)


@pytest.fixture
def phone(phones: Callable[..., Phone]) -> Phone:
    return phones()


def line_to(url: str) -> socket.socket:
    host, _, port = url.split("/")[2].partition(":")
    return socket.create_connection((host, int(port)), timeout=WAIT_S)
