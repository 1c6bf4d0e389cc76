"""SIGKILL of either side at random points of one large upload.

`python -m tests.campaigns.killed_uploads --megabytes 100 --points 20 --seed 1`. It ends in the
right bytes exactly once, with one receipt.
"""

import argparse
import io
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from kiosk.central.database import open_database
from kiosk.central.keyring import Keyring
from kiosk.central.submissions import Submissions
from kiosk.central.uploads import Uploads
from kiosk.clocks import read_clocks
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import State
from kiosk.sync.instant import utc_now
from tests.campaigns.central_process import PROJECT
from tests.campaigns.processes import CentralProcess, TerminalProcess
from tests.campaigns.terminal_process import KEY_NAME
from tests.sync.handing_in import content, handed, manifest

_LIMIT_S = 600.0
_LOOK_S = 0.002


def killed_upload(folder: Path, size: int, points: int, seed: int) -> Counter[str]:
    """Deliver a file through kills; returns how often each side was killed.

    AssertionError when something else arrived than was sent.
    """
    chance = random.Random(seed)
    data, killed = content(size, seed), Counter[str]()
    left = sorted((chance.randrange(size) for _ in range(points)), reverse=True)
    server = CentralProcess(folder)
    terminal = TerminalProcess(folder, server.address, max(500_000, size // 20))
    key = terminal.folder / KEY_NAME
    server.start()
    try:
        with open_private(terminal.folder, key, clocks=read_clocks) as store:
            staged = store.stage(io.BytesIO(data), name="a.pdf", media_type="application/pdf")
            whole = manifest(handed(data, "a.pdf"), notice_id=PROJECT)
            id = store.hand_in(whole, [staged], utc_now())
            _deliver(store, id, server, terminal, left, chance, killed)
            signed = store.receipt(id)
    finally:
        terminal.kill()
        server.kill()
    database = open_database(server.folder, [])
    try:
        held = Submissions(database, Uploads(database), Keyring(server.folder))
        stored = held.of_notice(PROJECT)
        assert [one.signed for one in stored] == [signed]
        assert [path.read_bytes() for path in stored[0].files] == [data]
    finally:
        database.close()
    return killed


def _deliver(
    store: PrivateStore,
    id: str,
    server: CentralProcess,
    terminal: TerminalProcess,
    left: list[int],
    chance: random.Random,
    killed: Counter[str],
) -> None:
    """Kill at the next points, as far as the terminal has noted them."""
    deadline = time.monotonic() + _LIMIT_S
    while True:
        assert time.monotonic() < deadline, "never delivered"
        server.start()
        terminal.start()
        told = store.progress(id)
        assert told is not None and told.state is not State.PARKED
        if told.state is State.DELIVERED:
            return
        if told.state is State.WAITING and told.next_s > 0:
            store.resume(id)
        if left and told.state is State.SENDING and told.sent >= left[-1]:
            left.pop()
            side, process = chance.choice([("server", server), ("terminal", terminal)])
            killed[side] += 1
            process.kill()
        time.sleep(_LOOK_S)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.campaigns.killed_uploads", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        killed = killed_upload(Path(name), args.megabytes * 1_000_000, args.points, args.seed)
    told = ", ".join(f"{side} killed {count} times" for side, count in sorted(killed.items()))
    print(f"{args.megabytes} MB arrived once in {time.monotonic() - began:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
