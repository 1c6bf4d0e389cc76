"""The world around one station: card, cable, store, server, and who kills what when."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from devices.led.board import Board, Message
from devices.led.bx_k_search import search_baud
from display.edition import Edition
from display.notice import Notice
from display.source import SourceTrouble
from display.todays_edition import Plan
from kiosk.boards.source import StoreSource
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import CONTROL, Change, Page, Revision, notice_document, withdrawal_id
from tests.simulation.cards import FAR_ENDS, Content, FarEnd, drive
from tests.simulation.clock import Clock, Killed
from tests.simulation.line import Cable
from tests.simulation.station import BOARD, assemble

CHANNEL = "public-210400"
A_DAY = timedelta(days=1)
SYNC_STARTS_S = 3.0
"""After the machine: then the server is asked for the first time."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What must never happen, and when it did."""

    t: float
    rule: str
    story: str


@dataclass(frozen=True, slots=True)
class Call:
    """One `show` that the driver said was acknowledged."""

    begun: float
    ended: float
    form: object


@dataclass(slots=True)
class Step:
    """The longest simulated time of one step, and when."""

    seconds: float = 0.0
    at: float = 0.0


class Watched:
    """The real driver's board; every acknowledgement is compared with what the card did."""

    def __init__(self, world: "World", board: Board) -> None:
        self._world = world
        self._board: Any = board

    def show(self, message: Message) -> Any:
        world = self._world
        begun = world.clock.t
        answer = self._board.show(message)
        world.acknowledged(begun, message)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._board, name)


class Troubled:
    """The terminal's store as a source, that at times does not answer."""

    def __init__(self, world: "World", source: StoreSource) -> None:
        self._world = world
        self._source = source

    def __getattr__(self, name: str) -> Any:
        ask = getattr(self._source, name)

        def asking(*args: Any, **kwargs: Any) -> Any:
            if self._world.store_down:
                raise SourceTrouble("no answer (simulated)")
            if name in ("board_items", "projects_opening") and self._world.careless:
                return self._world.notices
            return ask(*args, **kwargs)

        return asking


@dataclass(slots=True)
class World:
    """Time passes only in `run`. All moments are seconds of `clock.t`."""

    card: str
    plan: Plan
    clock: Clock
    path: Path
    """The terminal's database."""
    baud: int | None = 57600
    careless: bool = False
    """The store hands out every notice, released or not, as if it were broken too."""
    notices: Sequence[Notice] = ()
    server_up: bool = True
    sync_every_s: float = 10.0
    watch_every_s: float = 0.5
    store_down: bool = False
    contact_error: timedelta = timedelta()
    """Error of the PC's clock at the last contact."""
    nap: Callable[[float], float] = lambda wait_s: wait_s
    """From the wait that a step asks for to the one it gets."""
    violations: list[Violation] = field(default_factory=list)
    story: list[tuple[float, str]] = field(default_factory=list)
    timeline: list[tuple[float, Content]] = field(default_factory=list)
    strikes: list[tuple[float, float]] = field(default_factory=list)
    """Faults of the line, from and to; what a strike causes afterwards is not in it."""
    down: list[tuple[float, float]] = field(default_factory=list)
    """When there was no station, or none that could read its store."""
    calls: list[Call] = field(default_factory=list)
    withdrawn: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    """Notice id → the second at which the terminal learned of it, and the server's clock then."""
    looked: dict[str, float] = field(default_factory=dict)
    """Notice id → when the station that lives now first saw its withdrawal."""
    longest: Step = field(default_factory=Step)
    steps: int = 0
    far_end: FarEnd = field(init=False)
    cable: Cable = field(init=False)
    station: Any = None
    _down_since: float | None = None
    _sync: Any = None
    _store: Any = None
    _lock: Any = None
    _baud_found: int | None = None

    def __post_init__(self) -> None:
        self.far_end = FAR_ENDS[self.card](self.width, self.height)
        self.cable = Cable(self.clock, self.far_end, baud=self.baud)
        self.cable.on_change = self.look
        self.cable.on_fault = lambda begun: self.strikes.append((begun, self.clock.t))
        self._sync = TerminalStore(self.path, busy_timeout_s=0.0)
        self.look(0.0)
        self.clock.at(self.clock.t, self._contact)
        self.clock.at(self.clock.t, self._watch)

    @property
    def width(self) -> int:
        return self.plan.surface.width

    @property
    def height(self) -> int:
        return self.plan.surface.height

    @property
    def store(self) -> TerminalStore:
        """The connection of the process that talks to the server."""
        store: TerminalStore = self._sync
        return store

    def tell(self, text: str) -> None:
        self.story.append((self.clock.t, text))

    def violate(self, rule: str, text: str, t: float | None = None) -> None:
        self.violations.append(Violation(self.clock.t if t is None else t, rule, text))

    def look(self, t: float) -> None:
        """Write down what the card holds now."""
        content = self.far_end.content(t)
        if not self.timeline or self.timeline[-1][1] != content:
            self.timeline.append((t, content))

    # What can happen to the PC.

    def start_station(self) -> None:
        if self.station is not None:
            return
        self._store = TerminalStore(self.path, busy_timeout_s=0.0)
        source = Troubled(self, StoreSource(self._store, "site-main"))
        self.station = assemble(
            self.plan, source, self._open_board, self.clock.reading, self._find_baud()
        )
        self.looked.clear()
        self._baud_found = self.baud
        self.tell("station starts")
        if self._down_since is not None:
            self.down.append((self._down_since, self.clock.t))
            self._down_since = None

    def kill_station(self) -> None:
        """From one moment to the next; to be called by whoever catches `Killed`."""
        if self.station is None:
            return
        self.station = None
        self._store.close()
        self.cable.line = None
        self._down_since = self.clock.t
        self.tell("station is dead")

    def reboot_pc(self, seconds: float) -> None:
        """Power off for a while; the station starts with the machine."""
        self.kill_station()
        up, self.server_up = self.server_up, False

        def boot() -> None:
            self.clock.reboot()
            self.server_up = up
            self.tell("the PC has started again")
            self.start_station()
            self.clock.at(self.clock.t + SYNC_STARTS_S, self._hear)

        self.clock.at(self.clock.t + seconds, boot)

    def lock_store(self, seconds: float) -> None:
        """Another process holds a write transaction."""
        if self._lock is not None:
            return
        other = TerminalStore(self.path, busy_timeout_s=0.0)
        other._database.conn.execute("BEGIN IMMEDIATE")
        self._lock = other

        def release() -> None:
            other._database.conn.execute("ROLLBACK")
            other.close()
            self._lock = None

        self.clock.at(self.clock.t + seconds, release)

    def silence_store(self, seconds: float) -> None:
        """Nothing can be read or written."""
        self.store_down = True
        begun = self.clock.t

        def end() -> None:
            self.store_down = False
            self.down.append((begun, self.clock.t))

        self.clock.at(begun + seconds, end)

    def reboot_card(self) -> None:
        self.far_end.reboot(self.clock.t)
        self.strikes.append((self.clock.t, self.clock.t))
        self.look(self.clock.t)

    # What the server says.

    def publish(self, notices: Sequence[Notice]) -> None:
        """Put notices into the store as a server does, released or not."""
        fill(self.store, notices, self.clock.now)

    def withdraw(self, notice_id: str) -> None:
        """As soon as the store can be written."""
        if self._lock is not None:
            self.clock.at(self.clock.t + 0.5, lambda: self.withdraw(notice_id))
            return
        learned = self.clock.now
        self.store.apply_page(CONTROL, withdrawal_page(notice_id, self.clock.now), now=learned)
        self.withdrawn[notice_id] = (self.clock.t, learned)
        self.tell(f"{notice_id} is withdrawn")

    def _watch(self) -> None:
        """A card's own timers switch it without a word on the line."""
        self.look(self.clock.t)
        self.clock.at(self.clock.t + self.watch_every_s, self._watch)

    def _contact(self) -> None:
        self._hear()
        self.clock.at(self.clock.t + self.sync_every_s, self._contact)

    def _hear(self) -> None:
        """The sync process hears the server, if it can."""
        if self.server_up and self._lock is None:
            self.contact_error = self.clock.wall_error
            self.store.heard_server(self.clock.reading(), self.clock.now)
            self.store.was_complete(self.clock.now)

    # Running.

    def run(self, until: float) -> None:
        """Let the station step until the second `until`; a violation ends nothing."""
        while self.clock.t < until:
            try:
                if self.station is None:
                    self.clock.step(until)
                    continue
                wait_s = self._step()
                self.clock.sleep(min(self.nap(wait_s), until - self.clock.t))
            except Killed:
                self.kill_station()

    def _step(self) -> float:
        begun = self.clock.t
        self.steps += 1
        if not self.store_down:
            for notice_id in self.withdrawn:
                self.looked.setdefault(notice_id, begun)
        try:
            wait_s: float = self.station.step()
        except Exception as problem:
            self.violate("d: an exception left step()", repr(problem))
            raise
        if (took := self.clock.t - begun) > self.longest.seconds:
            self.longest.seconds, self.longest.at = took, begun
        return wait_s

    def _find_baud(self) -> Callable[[], None] | None:
        """The driver's own search over the simulated cable, for a card that has one."""
        if self.card != "bx-k":
            return None

        def find() -> None:
            self._baud_found = search_baud(
                "",
                open_line=lambda _, baud: self.cable.open(baud),
                clock=self.clock.monotonic,
            )

        return find

    def _open_board(self) -> Any:
        line = self.cable.open(self._baud_found)
        board = drive(self.card, line, self.clock.monotonic, self.width, self.height)
        return Watched(self, board)

    def acknowledged(self, begun: float, message: Message) -> None:
        """The driver says that the card took `message` between `begun` and now."""
        form = self.far_end.form(message)
        self.calls.append(Call(begun, self.clock.t, form))
        for taken in reversed(self.cable.taken):
            if taken.t < begun:
                break
            if taken.content.form == form and any(
                begun <= at <= self.clock.t for at in taken.answered_at
            ):
                return
        took = any(t.t >= begun and t.content.form == form for t in self.cable.taken)
        self.violate(
            "c: acknowledged by another's answer" if took else "c: acknowledged, never taken",
            f"show() of {form!r:.120} from {begun:.3f} s returned at {self.clock.t:.3f} s",
        )

    def last_fault(self) -> float:
        """When the last fault so far had ended."""
        if self.station is None:
            return self.clock.t
        return max((ended for _, ended in [*self.strikes, *self.down]), default=0.0)

    def edition(self, day: date) -> Edition | None:
        text = self.store.edition(BOARD, day)
        return None if text is None else Edition.kept(text)

    def close(self) -> None:
        if self.station is not None:
            self.station.close()
            self.kill_station()
        self._sync.close()


def fill(store: TerminalStore, notices: Sequence[Notice], now: datetime) -> None:
    """Put notices into a store as the sync process does."""
    rev = f"1-{'a' * 32}"
    changes = tuple(
        Change(
            seq=f"{number}-e1",
            id=notice.id,
            changes=(Revision(rev=rev),),
            doc={**notice_document(notice), "_rev": rev},
        )
        for number, notice in enumerate(notices, 1)
    )
    page = Page(
        results=changes, last_seq=f"{len(changes)}-e1", pending=0, epoch="e1", server_time=now
    )
    store.apply_page(CHANNEL, page, now=now)


def withdrawal_page(notice_id: str, now: datetime) -> Page:
    rev = f"1-{'b' * 32}"
    document = {
        "_id": withdrawal_id(notice_id),
        "_rev": rev,
        "type": "withdrawal",
        "notice_id": notice_id,
        "notice_rev": f"1-{'a' * 32}",
        "withdrawn_at": now.isoformat(),
    }
    change = Change(
        seq="1-e1", id=withdrawal_id(notice_id), changes=(Revision(rev=rev),), doc=document
    )
    return Page(results=(change,), last_seq="1-e1", pending=1, epoch="e1", server_time=now)


def copied(template: Path, path: Path) -> Path:
    """A store of its own for one run."""
    shutil.copyfile(template, path)
    return path


def prepared(path: Path, notices: Sequence[Notice], now: datetime) -> Path:
    """A store with notices in it, closed."""
    with TerminalStore(path) as store:
        fill(store, notices, now)
        store._database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path
