"""The sticks of one terminal: opened only while a session wants it, read with deadlines."""

import asyncio
import logging
import os
import pwd
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import Any, TypeVar

from devices.errors import NoReply
from devices.storage.errors import NoFolder, PulledOut
from devices.storage.folders import LIST_S, Listed, Place, list_folder, open_folder
from devices.storage.keeping import Keeping
from devices.storage.media import Medium, Rules
from devices.storage.patience import within
from devices.storage.udisks import Declined, NoService, UDisks

T = TypeVar("T")
log = logging.getLogger(__name__)

LOOK_AGAIN_S = 5.0
"""Between two looks for a service that is not there."""
OPEN_S = 8.0
STOP_S = 12.0
MARGIN_S = 2.0
"""Given to a listing beyond its own limit before the stick counts as dead."""


def own_places() -> tuple[bytes, ...]:
    """Where UDisks2 mounts what this user asks it to; nothing else is ever unmounted."""
    name = os.fsencode(pwd.getpwuid(os.getuid()).pw_name)
    return (b"/run/media/" + name + b"/", b"/media/" + name + b"/")


class Sticks:
    """Watches, opens and closes, in a thread of its own; used once.

    Every public method may be called in any thread.
    """

    def __init__(
        self,
        rules: Rules,
        *,
        changed: Callable[[], None] = lambda: None,
        bus_address: str = "",
        mount_table: Path = Path("/proc/self/mountinfo"),
        sysfs: Path = Path("/sys"),
        own: tuple[bytes, ...] | None = None,
    ) -> None:
        """`changed` is called in the thread of the sticks after each change of `media`.

        The other arguments stand for the system's own where sticks are simulated.
        """
        self.changed = changed
        self.service: bool | None = None
        """Whether UDisks2 answers; None: not known yet."""
        self._address = bus_address
        self._keeping = Keeping(
            rules,
            self._hear,
            mount_table=mount_table,
            sysfs=sysfs,
            own=own_places() if own is None else own,
        )
        self._lock = threading.Lock()
        self._media: tuple[Medium, ...] = ()
        self._wanted = self._stopping = False
        self._ended = self._heeded = 0
        """Sessions that are over, and those of them that the thread knows of."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="sticks", daemon=True)
        self._begun = threading.Event()

    def start(self) -> None:
        """Begin to watch; nothing is mounted yet but what a crash left, which is unmounted."""
        self._thread.start()
        self._begun.wait()

    def stop(self) -> None:
        """Unmount everything and end; waits at most STOP_S."""
        self._order(self._stop)
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def want(self, wanted: bool) -> None:
        """A session wants what is and will be plugged in; or it is over, and all is closed.

        What was open in a session, or was being opened at its end, is not opened again before it
        was pulled out and plugged in anew, however soon the next one begins.
        """
        with self._lock:
            self._wanted = wanted
            if not wanted:
                self._media = ()
                self._ended += 1
            ended = self._ended
        self._order(lambda: self._want(wanted, ended))

    def eject(self, key: str) -> None:
        """可以拔出 U 盘: close all partitions of the stick and switch it off; see `media`."""
        self._order(lambda: self._keeping.eject(key))

    def media(self) -> tuple[Medium, ...]:
        """What is plugged in, in the order of plugging; empty unless wanted."""
        with self._lock:
            return self._media

    @property
    def left_mounted(self) -> bool:
        """Something could not be unmounted: staff must look."""
        return self._keeping.left_mounted

    def settled(self, seconds: float) -> bool:
        """Wait until nothing is being opened or closed; tell whether that came in time."""
        if self._loop is None or not self._thread.is_alive():
            return True
        waiting = asyncio.run_coroutine_threadsafe(self._settle(), self._loop)
        try:
            waiting.result(seconds)
        except TooLate:
            waiting.cancel()
            return False
        return True

    def list(self, key: str, place: Place = ()) -> Listed:
        """Look into a folder. Raises PulledOut, Slow, NoFolder."""

        def work(top: int) -> Listed:
            return list_folder(top, place)

        return self._patiently(key, LIST_S + MARGIN_S, work, lambda _: None)

    def open_folder(self, key: str, place: Place) -> int:
        """Open a folder; the caller closes it. Raises PulledOut, Slow, NoFolder."""

        def work(top: int) -> int:
            return open_folder(top, place)

        return self._patiently(key, OPEN_S, work, os.close)

    def _patiently(
        self, key: str, seconds: float, work: Callable[[int], T], undo: Callable[[T], None]
    ) -> T:
        top = self._keeping.hold(key)
        if top < 0:
            raise PulledOut("the stick is not open")

        def run() -> T:
            try:
                return work(top)
            finally:
                os.close(top)

        try:
            return within(seconds, run, undo)
        except NoFolder:
            raise
        except OSError as problem:
            raise PulledOut(os.strerror(problem.errno or 0)) from None

    def _hear(self, media: tuple[Medium, ...]) -> None:
        with self._lock:
            of_now = self._wanted and self._heeded == self._ended
            self._media = media if of_now else ()
        self.changed()

    # In the thread

    def _order(self, order: Callable[[], None]) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._obey, order)

    def _obey(self, order: Callable[[], None]) -> None:
        order()
        self._wake.set()

    def _want(self, wanted: bool, ended: int) -> None:
        with self._lock:
            self._heeded = ended
        self._keeping.set_wanted(wanted)

    def _stop(self) -> None:
        self._stopping = True
        self._keeping.set_wanted(False)

    def _run(self) -> None:
        asyncio.run(self._watch())

    async def _watch(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        while not self._stopping:
            try:
                udisks = await UDisks.connect(self._address, self._keeping.removed, self._wake.set)
            except (NoService, NoReply, Declined) as problem:
                self._answers(False, str(problem))
                await self._woken(None, LOOK_AGAIN_S)
                continue
            lost = asyncio.ensure_future(udisks.ended())
            try:
                await self._serve(udisks, lost)
            finally:
                lost.cancel()
                udisks.close()

    async def _serve(self, udisks: UDisks, lost: "asyncio.Future[None]") -> None:
        """Until the connection is lost, or this ends."""
        while not lost.done():
            self._wake.clear()
            try:
                await self._keeping.look(udisks)
                self._answers(True, "")
            except (NoService, NoReply) as problem:
                self._answers(False, str(problem))
            if self._stopping:
                await self._keeping.finish()
                return
            # UDisks2 tells when it starts; a bus that starts it by itself must be asked.
            await self._woken(lost, None if self.service else LOOK_AGAIN_S)

    async def _woken(self, lost: "asyncio.Future[None] | None", seconds: float | None) -> None:
        """Wait for something to look at, at most so long."""
        waking: asyncio.Future[Any] = asyncio.ensure_future(self._wake.wait())
        both = {waking} if lost is None else {waking, lost}
        await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()
        if lost is None:
            self._wake.clear()

    def _answers(self, service: bool, problem: str) -> None:
        if self.service is not service:
            if service:
                log.info("UDisks2 answers")
            else:
                log.warning("sticks cannot be read: %s", problem)
            self.service = service
            self.changed()

    async def _settle(self) -> None:
        while self.service is None or (
            self.service and (self._wake.is_set() or self._keeping.busy())
        ):
            await asyncio.sleep(0.01)
