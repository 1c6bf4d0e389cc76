"""One process keeps a board, whatever its line."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.ownership import Owner, owner_of


class Kept(Exception):
    """Another process keeps this board: end that one first."""

    def __init__(self, board: str, owner: Owner | None) -> None:
        super().__init__(f"board {board} is kept by {owner or 'another process'}")


@contextmanager
def only_one(data: Path, board: str) -> Iterator[None]:
    """Hold the right to keep this board, as one process of this PC; `data`: the terminal's folder.

    Two would write contradicting evidence, and on a network line nothing else keeps them apart.
    The lock ends with the process, however it dies. Raises Kept.
    """
    path = data / f"board-{board}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Kept(board, owner_of(str(path))) from None
        yield
