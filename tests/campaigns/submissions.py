"""A campaign of submissions through kills, lost answers, full disks and cut lines.

`python -m tests.campaigns.submissions --runs 300 --seed 1`. Each submission arrives exactly once,
byte for byte, and its receipt stays the same for ever.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from kiosk.central.database import open_database
from kiosk.central.keyring import Keyring
from kiosk.central.submissions import Submissions, receipt_of
from kiosk.central.uploads import Uploads
from kiosk.sync import upload
from kiosk.sync.errors import FilesMissing, Offline, UploadGone
from kiosk.sync.instant import utc_now
from kiosk.sync.receipt import check_receipt
from kiosk.sync.submission import Manifest, SignedReceipt
from kiosk.sync.upload import SubmissionClient
from tests.campaigns.bad_line import BadLine
from tests.campaigns.central_process import FULL
from tests.campaigns.processes import CentralProcess
from tests.sync.handing_in import LI, ZHANG, MemoryReader, content, form, handed, manifest, new_id

FAULTS = ("lost answers", "kill the server", "kill the client", "full disk", "cut line")
LOST = 0.3
_ATTEMPTS = 400
_MAX_BYTES = 1_500_000


class _Killed(Exception):
    """The client is dead: it remembers only what it kept."""


class Campaign:
    """One server over many runs."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.server = CentralProcess(folder)
        self.met: Counter[str] = Counter()
        self._seed = seed
        self._full = folder / FULL
        self._receipts: dict[str, tuple[Manifest, list[bytes], SignedReceipt]] = {}

    def run(self, number: int) -> None:
        """Hand one submission in through some faults. AssertionError when it went wrong."""
        chance = random.Random(f"{self._seed}/{number}")
        sizes = [chance.randrange(1, _MAX_BYTES) for _ in range(chance.randrange(4))]
        datas = [content(size, chance.randrange(2**32)) for size in sizes]
        whole = manifest(
            *(handed(data, f"{place}.pdf") for place, data in enumerate(datas)),
            notice_id="",
            form=form(number=number),
            by=chance.choice([ZHANG, LI]),
        )
        id = new_id(self._seed * 1000 + number, utc_now())
        faults = {fault for fault in FAULTS if chance.random() < 0.5} or {"lost answers"}
        with BadLine(self.server.port, chance.randrange(2**32)) as line:
            line.lose_answers = LOST if "lost answers" in faults else 0.0
            line.cut = 0.03 if "cut line" in faults else 0.0
            signed = self._hand_in(id, whole, datas, line, faults, chance)
            self.met["lost answers"] += line.lost
            self.met["cut line"] += line.cuts
        self._receipts[id] = (whole, datas, signed)

    def check(self) -> None:
        """Look at everything that arrived, from both ends."""
        self.server.start()
        client = SubmissionClient(self.server.address)
        keys = client.keys()
        for id, (whole, _, signed) in self._receipts.items():
            assert client.submit(id, whole) == signed, f"{id}: another receipt"
            check_receipt(signed, whole, id, keys)
        client.close()
        self.server.kill()
        database = open_database(self.server.folder, [])
        try:
            uploads = Uploads(database)
            held = Submissions(database, uploads, Keyring(self.server.folder))
            stored = {one.id: one for one in held.of_notice("")}
            assert set(stored) == set(self._receipts), "not each exactly once"
            for id, (_, datas, signed) in self._receipts.items():
                assert stored[id].signed == signed
                assert [path.read_bytes() for path in stored[id].files] == datas, f"{id}: bytes"
            numbers = {receipt_of(one).number for one in stored.values()}
            assert len(numbers) == len(stored), "a receipt's number came twice"
            later = utc_now() + timedelta(days=3)
            uploads.clear_leftovers()
            while uploads.sweep(later):
                pass
            files = list((self.server.folder / "uploads").glob("*"))
            assert not files, "uploads are left behind"
            kept = [p for p in (self.server.folder / "submissions").rglob("*") if p.is_file()]
            assert len(kept) == sum(len(datas) for _, datas, _ in self._receipts.values())
        finally:
            database.close()

    def _hand_in(
        self,
        id: str,
        whole: Manifest,
        datas: list[bytes],
        line: BadLine,
        faults: set[str],
        chance: random.Random,
    ) -> SignedReceipt:
        kept: dict[str, str] = {}
        kills = {"server": chance.randrange(3), "client": chance.randrange(3)}
        first: SignedReceipt | None = None
        again = chance.randrange(2)

        def fate(_sent: int) -> None:
            if "kill the server" in faults and kills["server"] and chance.random() < 0.1:
                kills["server"] -= 1
                self.met["kill the server"] += 1
                self.server.kill()
            if "full disk" in faults and chance.random() < 0.1:
                self.met["full disk"] += 1
                self._full.touch()
            if "kill the client" in faults and kills["client"] and chance.random() < 0.1:
                kills["client"] -= 1
                self.met["kill the client"] += 1
                raise _Killed

        for _ in range(_ATTEMPTS):
            client = SubmissionClient(line.address)
            try:
                signed = self._attempt(client, id, whole, datas, kept, fate, chance, faults, kills)
                assert first in (None, signed), "another receipt"
                first = signed
                if not again:
                    return signed
                again -= 1
            except (FilesMissing, UploadGone):
                kept.clear()
            except (Offline, _Killed):
                self._full.unlink(missing_ok=True)
                self.server.start()
            finally:
                client.close()
        raise AssertionError(f"{id}: never delivered")

    def _attempt(
        self,
        client: SubmissionClient,
        id: str,
        whole: Manifest,
        datas: list[bytes],
        kept: dict[str, str],
        fate: object,
        chance: random.Random,
        faults: set[str],
        kills: dict[str, int],
    ) -> SignedReceipt:
        for file, data in zip(whole.files, datas, strict=True):
            address = kept.get(file.sha256, "")
            if not address:
                address = client.create_upload(file, id)
                kept[file.sha256] = address
            client.send_file(address, MemoryReader(data), fate)  # type: ignore[arg-type]
        if "kill the server" in faults and kills["server"]:
            kills["server"] -= 1
            self.met["kill the server"] += 1
            threading.Timer(chance.random() * 0.02, self.server.kill).start()
        return client.submit(id, whole.with_uploads(kept))


def campaign(folder: Path, runs: int, seed: int) -> Counter[str]:
    """Run and check; returns how often each fault was met."""
    upload.PIECE, upload.WAIT_S = 400_000, 0.01
    held = Campaign(folder, seed)
    try:
        held.server.start()
        for number in range(runs):
            held.run(number)
        time.sleep(0.05)
        held.check()
    finally:
        held.server.kill()
    return held.met


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.campaigns.submissions", description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        met = campaign(Path(name), args.runs, args.seed)
    told = ", ".join(f"{fault} {met[fault]}" for fault in FAULTS)
    print(f"{args.runs} submissions, each once, in {time.monotonic() - began:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
