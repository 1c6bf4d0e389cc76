"""A campaign of submissions through kills, lost answers, full disks, cut lines and a deadline.

`python -m tests.campaigns.submissions --runs 300 --seed 1`. Outbox and sender are a terminal's
own, in a process that is killed as the server's is. Each submission arrives exactly once, byte
for byte, and its receipt stays the same for ever; after the deadline none arrives.
"""

import argparse
import io
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from kiosk.central.database import open_database
from kiosk.central.keyring import Keyring
from kiosk.central.submissions import Submissions, receipt_of
from kiosk.central.uploads import Uploads
from kiosk.clocks import read_clocks
from kiosk.private.files import StagedFile
from kiosk.private.identity import Identity
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import State
from kiosk.sync.instant import utc_now
from kiosk.sync.receipt import check_receipt
from kiosk.sync.submission import HandedFile, Manifest, SignedReceipt
from kiosk.sync.upload import SubmissionClient
from tests.campaigns.bad_line import BadLine
from tests.campaigns.central_process import CLOSED, FULL, PROJECT, SYNC, WRITE
from tests.campaigns.processes import CentralProcess, TerminalProcess
from tests.campaigns.terminal_process import KEY_NAME
from tests.sync.handing_in import LI, ZHANG, content, form, manifest

FAULTS = (
    "lost answers",
    "kill the server",
    "kill the terminal",
    "full disk",
    "forgetful disk",
    "cut line",
)
LOST = 0.3
_LATE = 0.1
"""Share of the submissions that are on their way when the deadline passes, or begun after it."""
_LIMIT_S = 120.0
_LOOK_S = 0.005
_MAX_BYTES = 1_500_000
_PIECE = 400_000
_SOON_S = 0.25
"""From the beginning of a submission to a fault; without any, it takes about half of that."""


class Sent:
    """One submission as the visitor handed it in."""

    def __init__(self, id: str, whole: Manifest, datas: list[bytes]) -> None:
        self.id, self.whole, self.datas = id, whole, datas
        self.signed: SignedReceipt | None = None
        """None: it came too late."""


class Campaign:
    """One server and one terminal over many runs."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.met: Counter[str] = Counter()
        self._seed = seed
        self._full, self._closed = folder / FULL, folder / CLOSED
        self._server = CentralProcess(folder)
        self._line = BadLine(self._server.port, seed)
        self._terminal = TerminalProcess(folder, self._line.address, _PIECE)
        self._sent: list[Sent] = []

    def run(self, runs: int) -> None:
        """Hand everything in. AssertionError when it went wrong."""
        self._server.start()
        late = max(2, round(runs * _LATE))
        folder = self._terminal.folder
        try:
            with (
                self._line,
                open_private(folder, folder / KEY_NAME, clocks=read_clocks) as store,
            ):
                for number in range(runs):
                    chance = random.Random(f"{self._seed}/{number}")
                    self._deliver(store, [self._hand_in(store, number, chance)], chance)
                self._pass_deadline(store, runs, late)
                self._check_terminal(store)
        finally:
            self._terminal.kill()
            self._server.kill()
        self._check_server()

    def _hand_in(self, store: PrivateStore, number: int, chance: random.Random) -> Sent:
        """What a visitor does: files are staged, the manifest is frozen."""
        is_form = chance.random() < 0.5
        count = chance.randrange(4) if is_form else chance.randrange(1, 4)
        datas = [
            content(chance.randrange(1, _MAX_BYTES), chance.randrange(2**32)) for _ in range(count)
        ]
        staged = [
            store.stage(io.BytesIO(data), name=f"{place}.pdf", media_type="application/pdf")
            for place, data in enumerate(datas)
        ]
        whole = manifest(
            *(_handed(each) for each in staged),
            notice_id=PROJECT,
            by=chance.choice([ZHANG, LI]),
            **({"form": form(number=number)} if is_form else {}),
        )
        self._sent.append(Sent(store.hand_in(whole, staged, utc_now()), whole, datas))
        return self._sent[-1]

    def _deliver(self, store: PrivateStore, owed: list[Sent], chance: random.Random) -> None:
        """See submissions to their end through some faults."""
        faults = {fault for fault in FAULTS if chance.random() < 0.4} or {"lost answers"}
        self._line.lose_answers = LOST if "lost answers" in faults else 0.0
        self._line.cut = 0.03 if "cut line" in faults else 0.0
        due = self._planned(faults, chance)
        before = self._line.lost, self._line.cuts
        deadline = time.monotonic() + _LIMIT_S
        while owed:
            assert time.monotonic() < deadline, "never delivered"
            while due and time.monotonic() >= due[-1][0]:
                due.pop()[1]()
            if not self._full.exists():
                self._server.start()
            self._terminal.start()
            owed = [each for each in owed if not self._is_ended(store, each)]
            time.sleep(_LOOK_S)
        self._full.unlink(missing_ok=True)
        self.met["lost answers"] += self._line.lost - before[0]
        self.met["cut line"] += self._line.cuts - before[1]

    def _planned(
        self, faults: set[str], chance: random.Random
    ) -> list[tuple[float, Callable[[], None]]]:
        """What is done when, the last first."""
        now = time.monotonic()
        deeds: dict[str, Callable[[], None]] = {
            "kill the server": self._server.kill,
            "kill the terminal": self._terminal.kill,
            "full disk": lambda: self._fill(WRITE, chance.uniform(0.05, 0.3)),
            "forgetful disk": lambda: self._fill(SYNC, chance.uniform(0.05, 0.3)),
        }
        planned: list[tuple[float, Callable[[], None]]] = []
        for fault, deed in deeds.items():
            for _ in range(chance.randrange(1, 3) if fault in faults else 0):
                planned.append((now + chance.uniform(0.0, _SOON_S), deed))
                self.met[fault] += 1
        return sorted(planned, key=lambda each: each[0], reverse=True)

    def _fill(self, how: str, seconds: float) -> None:
        self._full.write_text(how, encoding="ascii")
        timer = threading.Timer(seconds, self._full.unlink, kwargs={"missing_ok": True})
        timer.daemon = True
        timer.start()

    def _is_ended(self, store: PrivateStore, each: Sent) -> bool:
        told = store.progress(each.id)
        assert told is not None
        assert told.state is not State.PARKED, f"{each.id} is parked: {told.problem}"
        if told.state is State.DELIVERED:
            each.signed = store.receipt(each.id)
            assert each.signed is not None
        elif told.state is State.WAITING and told.next_s > 0:
            # As a visitor does who does not want to wait.
            store.resume(each.id)
        return told.state in (State.DELIVERED, State.TOO_LATE)

    def _pass_deadline(self, store: PrivateStore, first: int, count: int) -> None:
        """The deadline passes while some are on their way; others are handed in after it."""
        chance = random.Random(f"{self._seed}/late")
        on_their_way = [self._hand_in(store, first + n, chance) for n in range(count)]
        timer = threading.Timer(chance.uniform(0.0, 0.1 * count), self._closed.touch)
        timer.start()
        self._deliver(store, on_their_way, chance)
        timer.join()
        after = [self._hand_in(store, first + count + n, chance) for n in range(2)]
        self._deliver(store, after, chance)
        assert all(each.signed is None for each in after), "taken after the deadline"
        self.met["too late"] = sum(each.signed is None for each in self._sent)

    def _check_terminal(self, store: PrivateStore) -> None:
        """Nothing is owed, and each owner has the receipts; asked again they are the same."""
        self._server.start()
        assert not store.outbox.waiting()
        kept = {signed.token for who in (ZHANG, LI) for signed in store.receipts(_identity(who))}
        assert kept == {each.signed.token for each in self._sent if each.signed is not None}
        client = SubmissionClient(self._server.address)
        keys = client.keys()
        for each in self._sent:
            if each.signed is not None:
                assert client.submit(each.id, each.whole) == each.signed, "another receipt"
                check_receipt(each.signed, each.whole, each.id, keys)
        client.close()
        store.outbox.sweep()
        assert not list((self._terminal.folder / "staged").iterdir()), "files stay here"

    def _check_server(self) -> None:
        database = open_database(self._server.folder, [])
        try:
            uploads = Uploads(database)
            held = Submissions(database, uploads, Keyring(self._server.folder))
            stored = {one.id: one for one in held.of_notice(PROJECT)}
            taken = {each.id: each for each in self._sent if each.signed is not None}
            assert set(stored) == set(taken), "not each exactly once"
            for id, each in taken.items():
                assert stored[id].signed == each.signed
                assert [path.read_bytes() for path in stored[id].files] == each.datas, "bytes"
            numbers = {receipt_of(one).number for one in stored.values()}
            assert len(numbers) == len(stored), "a receipt's number came twice"
            uploads.clear_leftovers()
            while uploads.sweep(utc_now() + timedelta(days=6)):
                pass
            files = list((self._server.folder / "uploads").glob("*"))
            assert not files, "uploads are left behind"
            kept = [p for p in (self._server.folder / "submissions").rglob("*") if p.is_file()]
            assert len(kept) == sum(len(each.datas) for each in taken.values())
        finally:
            database.close()


def _handed(file: StagedFile) -> HandedFile:
    return HandedFile(
        name=file.name, size=file.size, sha256=file.sha256, media_type=file.media_type
    )


def _identity(who: object) -> Identity:
    return Identity(getattr(who, "name", ""), getattr(who, "number", ""))


def campaign(folder: Path, runs: int, seed: int) -> Counter[str]:
    """Run and check; returns how often each fault was met, and how many came too late."""
    held = Campaign(folder, seed)
    held.run(runs)
    return held.met


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.campaigns.submissions", description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        met = campaign(Path(name), args.runs, args.seed)
    told = ", ".join(f"{fault} {met[fault]}" for fault in (*FAULTS, "too late"))
    print(f"{args.runs} submissions, each once, in {time.monotonic() - began:.0f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
