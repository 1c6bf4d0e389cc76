"""A second simulated device under the same name is refused, and the first one stays reachable."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from devices.idcard.virtual.server import serve as serve_reader
from devices.led.virtual.control import Control, tell
from devices.led.virtual.link import Link, Taken
from devices.led.virtual.server import serve as serve_board
from devices.scanner.virtual.server import serve as serve_scanner

BOARD = {"width": 96, "height": 16}
REFUSED = "a simulated device is running there already; end that one first"


class Running:
    """A simulated device in a thread."""

    def __init__(self, serve: Callable[..., None], **told: Any) -> None:
        ready = threading.Event()
        self._stop = threading.Event()
        told |= {"stop": self._stop, "on_ready": lambda _path: ready.set()}
        self._thread = threading.Thread(target=serve, kwargs=told)
        self._thread.start()
        assert ready.wait(5)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(5)


def at_once() -> threading.Event:
    """For a device that would run although it must not: it ends again."""
    stop = threading.Event()
    stop.set()
    return stop


DEVICES = [
    pytest.param(serve_reader, {}, id="reader"),
    pytest.param(serve_board, BOARD, id="board"),
    pytest.param(serve_scanner, {}, id="scanner"),
]


@pytest.mark.parametrize(("serve", "told"), DEVICES)
def test_a_second_one_is_refused_and_the_link_stays(
    serve: Callable[..., None], told: dict[str, Any], tmp_path: Path
) -> None:
    link = tmp_path / "device"
    first = Running(serve, link=link, **told)
    try:
        named = link.readlink()
        with pytest.raises(Taken, match=REFUSED):
            serve(link=link, stop=at_once(), **told)
        assert link.readlink() == named
    finally:
        first.end()
    assert not link.is_symlink()
    Running(serve, link=link, **told).end()


@pytest.mark.parametrize(("serve", "told"), DEVICES[:2])
def test_a_second_one_does_not_take_the_orders_of_the_first(
    serve: Callable[..., None], told: dict[str, Any], tmp_path: Path
) -> None:
    control, log = tmp_path / "orders", tmp_path / "second.log"
    first = Running(serve, control=control, **told)
    try:
        with pytest.raises(Taken, match=REFUSED):
            serve(control=control, link=tmp_path / "second", log=log, stop=at_once(), **told)
        assert not log.exists()
        assert tell(control, "nonsense").startswith("error: ")
    finally:
        first.end()
    assert not control.exists()
    # What the one that was refused had taken is free again.
    Running(serve, control=control, link=tmp_path / "b", **told).end()


def test_what_a_killed_one_left_behind_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "device"
    path.symlink_to("/dev/null")
    with ExitStack() as stack:
        link = Link(path)
        stack.callback(link.close)
        link.point(Path("/dev/zero"))
        assert path.readlink() == Path("/dev/zero")
    socket_left = Control(tmp_path / "orders")
    # As after a kill: the socket's file stays, nobody listens.
    left = (tmp_path / "orders").rename(tmp_path / "aside")
    socket_left.close()
    left.rename(tmp_path / "orders")
    Control(tmp_path / "orders").close()
    assert not (tmp_path / "orders").exists()


def test_only_the_own_socket_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "orders"
    first = Control(path)
    path.unlink()
    second = Control(path)
    first.close()
    assert path.exists()
    second.close()


def test_a_name_is_held_while_nothing_is_plugged_in(tmp_path: Path) -> None:
    link = Link(tmp_path / "device")
    link.point(Path("/dev/null"))
    link.unpoint()
    assert not link.path.is_symlink()
    with pytest.raises(Taken):
        Link(tmp_path / "device")
    link.close()
