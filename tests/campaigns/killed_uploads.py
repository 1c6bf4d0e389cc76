"""SIGKILL of either side at random points of one large upload.

`python -m tests.campaigns.killed_uploads --megabytes 100 --points 20 --seed 1`. It ends in the
right bytes exactly once, with one receipt.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from kiosk.central.database import open_database
from kiosk.central.keyring import Keyring
from kiosk.central.submissions import Submissions
from kiosk.central.uploads import Uploads
from kiosk.sync.instant import utc_now
from kiosk.sync.submission import SignedReceipt
from tests.campaigns.processes import CentralProcess
from tests.sync.handing_in import content, new_id


def killed_upload(folder: Path, size: int, points: int, seed: int) -> Counter[str]:
    """Deliver a file through kills; returns how often each side was killed.

    AssertionError when something else arrived than was sent.
    """
    chance = random.Random(seed)
    data = content(size, seed)
    path, state = folder / "file", folder / "state"
    path.write_bytes(data)
    left = sorted((chance.randrange(size) for _ in range(points)), reverse=True)
    server, killed = CentralProcess(folder), Counter[str]()
    id = new_id(seed, utc_now())
    receipts: set[str] = set()
    server.start()
    command = [sys.executable, "-m", "tests.campaigns.client_process", server.address]
    try:
        while True:
            with subprocess.Popen(
                [*command, str(path), id, str(state)], stdout=subprocess.PIPE, text=True
            ) as client:
                over = _watch(client, server, left, chance, killed, receipts)
            if over and not left:
                break
        again = subprocess.run(
            [*command, str(path), id, str(state)], stdout=subprocess.PIPE, text=True, check=True
        )
        receipts.add(again.stdout.splitlines()[-1])
    finally:
        server.kill()
    assert len(receipts) == 1, "another receipt"
    _check(server, data, SignedReceipt.model_validate_json(receipts.pop()))
    return killed


def _watch(
    client: "subprocess.Popen[str]",
    server: CentralProcess,
    left: list[int],
    chance: random.Random,
    killed: Counter[str],
    receipts: set[str],
) -> bool:
    """Kill at the next points; tell whether the client came to its end."""
    assert client.stdout is not None
    for line in client.stdout:
        if line.startswith("{"):
            receipts.add(line.strip())
            left.clear()
        elif left and int(line) >= left[-1]:
            left.pop()
            if chance.random() < 0.5:
                killed["server"] += 1
                server.kill()
                server.start()
            else:
                killed["client"] += 1
                client.kill()
                break
    return client.wait() == 0


def _check(server: CentralProcess, data: bytes, signed: SignedReceipt) -> None:
    database = open_database(server.folder, [])
    try:
        held = Submissions(database, Uploads(database), Keyring(server.folder))
        stored = held.of_notice("")
        assert [one.signed for one in stored] == [signed]
        assert [path.read_bytes() for path in stored[0].files] == [data]
    finally:
        database.close()


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
