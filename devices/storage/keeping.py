"""Opening and closing what is plugged in (asyncio: runs in the thread of `Sticks`)."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.errors import NoReply
from devices.storage import mounts
from devices.storage.errors import Slow
from devices.storage.folders import open_top
from devices.storage.media import Medium, Partition, Problem, Rules, State, partitions
from devices.storage.media import usb_port as port_in
from devices.storage.patience import within
from devices.storage.udisks import Declined, NoService, UDisks

log = logging.getLogger(__name__)

OPTIONS = "ro,nosuid,nodev,noexec"
MORE_OPTIONS = {
    # Short names on old sticks are in the code page of Chinese Windows; not every kernel has it.
    "vfat": (",codepage=936", ""),
    # Else the kernel would write the journal back to a stick that was pulled out before.
    "ext4": (",noload",),
}
OPEN_S = 8.0
BUSY_TRIES = 6
BUSY_WAIT_S = 0.3
MAX_SLOTS = 32
"""Partitions that are shown; no honest stick has more."""


@dataclass
class _Slot:
    """A partition, from plugging in to pulling out."""

    number: int
    """In the order of plugging."""
    partition: Partition
    state: State | None = None
    problem: Problem | None = None
    point: bytes = field(default=b"", repr=False)
    top: int = -1
    """The open top folder; -1: none."""
    spent: bool = False
    """It was opened, or begun to be, in a session that is over, or it was closed on request: not
    to be read again before it was pulled out."""
    gone: bool = False
    task: "asyncio.Task[None] | None" = None

    @property
    def key(self) -> str:
        return f"stick-{self.number}"

    def medium(self, state: State, problem: Problem | None) -> Medium:
        return Medium(self.key, self.partition.label, self.partition.size, state, problem)


class Keeping:
    """What is plugged in, and what of it is open."""

    def __init__(
        self,
        rules: Rules,
        told: Callable[[tuple[Medium, ...]], None],
        *,
        mount_table: Path,
        sysfs: Path,
        own: tuple[bytes, ...],
    ) -> None:
        """`told` hears what visitors may see, after each change; `own`: see `own_places`."""
        self._rules, self._told_to = rules, told
        self._mount_table, self._sysfs, self._own = mount_table, sysfs, own
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}
        self._past: dict[int, Medium] = {}
        self._serial = self._removals = 0
        self._cleared = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: tuple[Medium, ...] = ()
        self.wanted = False
        self.left_mounted = False
        self.udisks: UDisks | None = None

    def hold(self, key: str) -> int:
        """The open top folder once more, to be closed; -1: it is not open. In any thread."""
        with self._lock:
            for slot in self._slots.values():
                if slot.key == key and slot.top >= 0 and not slot.spent:
                    return os.dup(slot.top)
        return -1

    def busy(self) -> bool:
        """Whether something is being opened or closed, or is about to be."""
        return bool(self._tasks) or any(
            self._want_open(slot) or self._want_closed(slot) for slot in self._slots.values()
        )

    async def look(self, udisks: UDisks) -> None:
        """Compare what is there with what is wanted, and set off what follows.

        Raises NoService, NoReply.
        """
        self.udisks = udisks
        removals = -1
        while removals != self._removals:
            # What went away while the answer was on its way may still be in it.
            removals = self._removals
            objects = await udisks.objects()
        found = {each.path: each for each in partitions(objects, self._rules)}
        for path in [path for path in self._slots if path not in found]:
            self.removed(path)
        for path, partition in list(found.items())[:MAX_SLOTS]:
            slot = self._slots.get(path)
            if slot is None:
                self._serial += 1
                slot = self._slots[path] = _Slot(self._serial, partition)
                # What was said of the last stick is over when the next one comes.
                self._past.clear()
            slot.partition = partition
        if not self._cleared:
            self._cleared = True
            await self._clear_leftovers(udisks)
        for slot in self._slots.values():
            if self._want_open(slot):
                self._begin_opening(slot, udisks)
        for drive in {
            slot.partition.drive for slot in self._slots.values() if self._want_closed(slot)
        }:
            self.close_drive(drive)
        self.tell()

    def removed(self, path: str) -> None:
        """An object is gone: pulled out, unless it was closed before."""
        self._removals += 1
        slot = self._slots.pop(path, None)
        if slot is None:
            return
        slot.gone = True
        self._let_go(slot)
        if slot.point and slot.task is None:
            slot.task = self._spawn(self._check_gone(slot))
        if self.wanted and slot.spent:
            self._past[slot.number] = slot.medium(State.REMOVABLE, None)
        elif self.wanted and slot.state in (State.OPENING, State.READY):
            self._past[slot.number] = slot.medium(State.REFUSED, Problem.PULLED_OUT)
        self.tell()

    def set_wanted(self, wanted: bool) -> None:
        """A session begins or is over; what was open in it, or on the way, is of no other."""
        self.wanted = wanted
        self._past.clear()
        if not wanted:
            for slot in self._slots.values():
                if slot.task is not None or self._is_open(slot):
                    slot.spent = True
                    self._let_go(slot)
                slot.state = slot.problem = None
        self.tell()

    def eject(self, key: str) -> None:
        """Close all partitions of the drive that `key` is on."""
        for slot in list(self._slots.values()):
            if slot.key == key:
                self.close_drive(slot.partition.drive)

    def close_drive(self, drive: str) -> None:
        """Close what is open of a drive, then switch it off."""
        udisks = self.udisks
        slots = [slot for slot in self._slots.values() if slot.partition.drive == drive]
        opened = [slot for slot in slots if self._is_open(slot)]
        if udisks is None or not opened or any(slot.task is not None for slot in slots):
            return
        for slot in opened:
            self._let_go(slot)
            slot.spent = True
            slot.state = State.OPENING if self.wanted else slot.state
        task = self._spawn(self._close(udisks, opened))
        for slot in opened:
            slot.task = task

    async def finish(self) -> None:
        """Wait until nothing is under way any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def tell(self) -> None:
        """Let `told` know, if anything is different."""
        shown: dict[int, Medium] = {}
        if self.wanted:
            shown |= self._past
            for slot in self._slots.values():
                if slot.state is not None:
                    shown[slot.number] = slot.medium(slot.state, slot.problem)
        told = tuple(shown[number] for number in sorted(shown))
        if told != self._told:
            self._told = told
            self._told_to(told)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _is_open(self, slot: _Slot) -> bool:
        return bool(slot.point)

    def _want_open(self, slot: _Slot) -> bool:
        left_open = slot.spent and self._is_open(slot)
        return self.wanted and slot.task is None and slot.state is None and not left_open

    def _want_closed(self, slot: _Slot) -> bool:
        if not self._is_open(slot):
            return False
        # One that cannot be closed is not tried again while its owner reads that.
        return not self.wanted or (slot.spent and slot.state is not State.REFUSED)

    def _let_go(self, slot: _Slot) -> None:
        with self._lock:
            if slot.top >= 0:
                os.close(slot.top)
                slot.top = -1

    def _begin_opening(self, slot: _Slot, udisks: UDisks) -> None:
        if slot.spent:
            slot.state = State.REMOVABLE
            return
        port = port_in(
            os.path.realpath(self._sysfs / "class/block" / Path(slot.partition.device).name)
        )
        problem = slot.partition.problem(self._rules, port)
        if problem is not None:
            slot.state, slot.problem = State.REFUSED, problem
            return
        slot.state = State.OPENING
        slot.task = self._spawn(self._open(udisks, slot))

    async def _open(self, udisks: UDisks, slot: _Slot) -> None:
        try:
            problem = await self._mount(udisks, slot)
            if problem is not None:
                slot.state, slot.problem = State.REFUSED, problem
            elif not slot.gone:
                slot.state = State.READY
            if slot.spent:
                # For a session that is over: the one of now sees it being closed.
                self._let_go(slot)
                slot.state = State.OPENING if self.wanted else None
                slot.problem = None
        finally:
            slot.task = None
            self.tell()
        if slot.gone:
            self._let_go(slot)
            await self._check_gone(slot)
        else:
            self._close_spent(slot)

    def _close_spent(self, slot: _Slot) -> None:
        """What was opened for a session that is over, once the rest of its drive is at rest."""
        drive = slot.partition.drive
        if any(
            each.partition.drive == drive and self._want_closed(each)
            for each in self._slots.values()
        ):
            self.close_drive(drive)
        elif slot.spent and slot.task is None and not self._is_open(slot):
            # It failed to open in the session before.
            slot.state = State.REMOVABLE if self.wanted else None
            self.tell()

    async def _mount(self, udisks: UDisks, slot: _Slot) -> Problem | None:
        about = slot.partition
        try:
            if about.mount_points:
                if not all(map(self._is_own, about.mount_points)):
                    return Problem.IN_USE
                await udisks.unmount(about.path, force=True)
            slot.point = await self._mounted(udisks, about)
        except Declined as why:
            log.warning("a stick with %s was not mounted: %s", about.type, why.name)
            return Problem.PULLED_OUT if why.name in _GONE else Problem.NOT_OPENED
        except (NoService, NoReply) as why:
            log.warning("a stick with %s was not mounted: %s", about.type, why)
            return Problem.NOT_OPENED
        if not slot.gone and await self._protected(slot):
            return None
        self._let_go(slot)
        await self._unmount(udisks, slot)
        return Problem.NOT_OPENED

    async def _mounted(self, udisks: UDisks, about: Partition) -> bytes:
        *attempts, last = MORE_OPTIONS.get(about.type, ("",))
        for more in attempts:
            try:
                return await udisks.mount(about.path, about.type, OPTIONS + more)
            except Declined as why:
                if why.name not in {"Failed", "OptionNotPermitted"}:
                    raise
        return await udisks.mount(about.path, about.type, OPTIONS + last)

    async def _protected(self, slot: _Slot) -> bool:
        """Open the top folder, and check that what was opened is the mount, with its options."""
        try:
            mount = mounts.at(self._mount_table.read_bytes(), slot.point)
            if mount is None or mount.lacks:
                lacks = "the mount" if mount is None else ", ".join(sorted(mount.lacks))
                log.error("a stick was mounted without what protects this PC: %s", lacks)
                return False
            point = slot.point
            top = await asyncio.to_thread(lambda: within(OPEN_S, lambda: open_top(point), os.close))
        except (OSError, Slow, ValueError) as why:
            log.warning("a stick was mounted and cannot be read: %s", type(why).__name__)
            return False
        if mount_id(top) != mount.id:
            log.error("another folder than the stick's was opened")
            os.close(top)
            return False
        slot.top = top
        return True

    async def _close(self, udisks: UDisks, slots: list[_Slot]) -> None:
        try:
            for slot in slots:
                await self._unmount(udisks, slot)
                if not slot.gone:
                    slot.state = State.REFUSED if slot.point else State.REMOVABLE
                    slot.problem = Problem.BUSY if slot.point else None
            if not any(slot.point for slot in slots):
                await self._switch_off(udisks, slots[0].partition)
        finally:
            for slot in slots:
                slot.task = None
                if not self.wanted:
                    slot.state = slot.problem = None
            self.tell()

    async def _unmount(self, udisks: UDisks, slot: _Slot) -> None:
        """Unmount, at last by force, which loses nothing: it was mounted read-only."""
        for attempt in range(1, BUSY_TRIES + 1):
            try:
                await udisks.unmount(slot.partition.path, force=attempt == BUSY_TRIES)
            except Declined as why:
                if why.name in _GONE:
                    break
                if attempt == BUSY_TRIES:
                    log.error("a stick cannot be unmounted: %s", why.name)
                await asyncio.sleep(BUSY_WAIT_S)
            except (NoService, NoReply) as why:
                log.error("a stick cannot be unmounted: %s", why)
                break
            else:
                break
        await self._check_gone(slot)

    async def _check_gone(self, slot: _Slot) -> None:
        """UDisks2 itself takes away the mount of what was pulled out; give it a moment."""
        for _ in range(BUSY_TRIES):
            if not slot.point or mounts.at(self._mount_table.read_bytes(), slot.point) is None:
                slot.point = b""
                self.left_mounted = False
                return
            await asyncio.sleep(BUSY_WAIT_S)
        log.error("a mount of a stick is left over")
        self.left_mounted = True

    async def _switch_off(self, udisks: UDisks, partition: Partition) -> None:
        try:
            if partition.can_power_off:
                await udisks.power_off(partition.drive)
            elif partition.ejectable:
                await udisks.eject(partition.drive)
        except (Declined, NoService, NoReply) as why:
            # It is unmounted, and may be pulled out as it is.
            log.info("a stick was not switched off: %s", why)

    async def _clear_leftovers(self, udisks: UDisks) -> None:
        """Unmount what this program had open when it ended without a farewell."""
        for slot in self._slots.values():
            points = slot.partition.mount_points
            if points and all(map(self._is_own, points)):
                log.info("a stick is still mounted from before: unmounting it")
                slot.point, slot.spent = points[-1], True
                await self._unmount(udisks, slot)

    def _is_own(self, point: bytes) -> bool:
        return point.startswith(self._own)


_GONE = frozenset({"NotMounted", "UnknownObject", "UnknownMethod", "UnknownInterface"})
"""Errors that mean: there is nothing to unmount."""


def mount_id(number: int) -> int:
    """The mount that an open file is on, of proc(5), fdinfo; 0: not told."""
    for line in Path(f"/proc/self/fdinfo/{number}").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "mnt_id":
            return int(value)
    return 0
