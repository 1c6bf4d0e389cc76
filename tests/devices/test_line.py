import socket
import termios
import threading

import pytest

from devices.errors import Unplugged
from devices.exchange import Patience
from devices.line import Line


def test_a_loop_gives_back_what_was_sent() -> None:
    with Line("loop://", baud=57600) as line:
        line.send(b"abc", timeout_s=1)
        assert line.receive(timeout_s=1) == b"abc"
        assert line.receive(timeout_s=0.01) == b""


def test_input_that_nobody_asked_for_can_be_thrown_away() -> None:
    with Line("loop://", baud=57600) as line:
        line.send(b"stale", timeout_s=1)
        assert line.discard_input() == 5
        assert line.receive(timeout_s=0) == b""


def test_a_closed_line_is_unplugged() -> None:
    line = Line("loop://", baud=57600)
    line.close()
    with pytest.raises(Unplugged):
        line.send(b"x", timeout_s=1)
    with pytest.raises(Unplugged):
        line.receive(timeout_s=0)


def test_a_socket_works_and_its_end_is_unplugged() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer_once() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(client.recv(10).upper())

        thread = threading.Thread(target=answer_once)
        thread.start()
        with Line(f"socket://127.0.0.1:{port}", baud=57600) as line:
            line.send(b"ping", timeout_s=1)
            received = b""
            while len(received) < 4:
                received += line.receive(timeout_s=2)
            assert received == b"PING"
            with pytest.raises(Unplugged):
                line.receive(timeout_s=2)
        thread.join()


def test_a_refused_socket_is_unplugged() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unplugged, match="cannot be opened"):
        Line(f"socket://127.0.0.1:{port}", baud=57600)


@pytest.mark.parametrize("problem", [OSError(5, "Input/output error"), termios.error(5, "EIO")])
def test_every_way_in_which_a_port_fails_is_unplugged(problem: Exception) -> None:
    class Failing:
        write_timeout = timeout = 0.0

        def write(self, data: bytes) -> int:
            raise problem

        def read(self, size: int) -> bytes:
            return b"x"

        @property
        def in_waiting(self) -> int:
            raise problem

    line = Line("loop://", baud=57600)
    line.close()
    line._port = Failing()
    with pytest.raises(Unplugged):
        line.send(b"x", timeout_s=1)
    with pytest.raises(Unplugged):
        line.receive(timeout_s=0)
    with pytest.raises(Unplugged):
        line.discard_input()


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"grace_s": 0}, {"pause_s": -1}])
def test_patience_makes_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Patience(**wrong)
