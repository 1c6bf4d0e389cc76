"""The simulated UDisks2: a D-Bus service with sticks that can be plugged, pulled and spoilt.

It speaks as UDisks2 2.9 does: ObjectManager with its signals, Properties, Filesystem.Mount and
Unmount with their checks, Drive.PowerOff and Eject. It shares no code with the driver.
"""

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from dbus_fast import Message, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

from devices.storage.virtual.bus import PrivateBus
from devices.storage.virtual.mounting import CannotMount, FolderMounts, Mounts
from devices.storage.virtual.place import MEDIA, SYSFS, place_in
from devices.storage.virtual.stick import BLOCKS, PREFIX, Plugged, VirtualStick

NAME = "org.freedesktop.UDisks2"
ROOT = "/org/freedesktop/UDisks2"
MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
ALLOWED = frozenset(
    ["exec", "noexec", "nodev", "nosuid", "atime", "noatime", "relatime", "ro", "rw", "noload"]
)
ALLOWED_BY_TYPE = {
    "vfat": frozenset(
        ["flush", "utf8", "shortname", "umask", "dmask", "fmask", "codepage", "iocharset"]
    ),
    "exfat": frozenset(["dmask", "errors", "fmask", "iocharset", "namecase", "umask"]),
    "ntfs": frozenset(
        ["umask", "dmask", "fmask", "locale", "norecover", "ignore_case", "windows_names"]
    ),
    "iso9660": frozenset(["norock", "nojoliet", "iocharset", "mode", "dmode"]),
}
"""Of its builtin_mount_options.conf."""
START_S = 10.0

T = TypeVar("T")


class _Error(Exception):
    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(text or name)
        self.name = f"{NAME}.Error.{name}"


class VirtualUDisks:
    """A bus, the service on it, and the ports to plug sticks into. Closed after use.

    `Sticks(rules, **virtual.place)` reads from it.
    """

    def __init__(
        self, mounts: Callable[[Path], Mounts] = FolderMounts, *, folder: Path | None = None
    ) -> None:
        """`folder`: to work in, emptied at first; a short path, else one in the system's own.

        Raises NoBus where there is no dbus-daemon.
        """
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="mt-usb-")
        self.folder = folder or Path(self._own.name if self._own else "")
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        self.media = self.folder / MEDIA
        self.media.mkdir(parents=True)
        (self.folder / SYSFS / "class/block").mkdir(parents=True)
        try:
            self._bus = PrivateBus(self.folder)
        except BaseException:
            self._remove()
            raise
        self._mounts = mounts(self.folder)
        self._plugged: dict[str, Plugged] = {}
        self.calls: list[tuple[str, str, str]] = []
        """Method, object's last name, options of each call that changes something."""
        self._loop = asyncio.new_event_loop()
        self._connection: MessageBus | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._connect())

    @property
    def place(self) -> dict[str, Any]:
        """What `Sticks` is told to find it."""
        return place_in(self.folder, self._mounts.table)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Pull everything out and end the service and its bus."""
        for letter in list(self._plugged):
            self.pull(letter)
        self._do(self._disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._bus.close()
        self._remove()

    def plug(self, stick: VirtualStick) -> str:
        """Plug a stick in; what `pull` and `points` are told."""
        letter: str = self._do(self._plug(stick))
        return letter

    def pull(self, letter: str) -> None:
        """Pull a stick out, whatever is going on; one that is gone already is none to pull."""
        self._do(self._pull(letter))

    def has(self, letter: str) -> bool:
        """Whether the stick is still plugged in: the client may have switched it off."""
        return letter in self._plugged

    def points(self, letter: str) -> list[Path]:
        """Where partitions of a stick are mounted now."""
        plugged = self._plugged.get(letter)
        return [Path(os.fsdecode(point)) for point in plugged.points.values()] if plugged else []

    def mount_elsewhere(self, letter: str, point: Path) -> None:
        """Somebody else on the PC has the first partition mounted."""
        self._do(self._mount_elsewhere(letter, point))

    def stop_service(self) -> None:
        """UDisks2 ends; what is mounted stays so."""
        self._do(self._disconnect())

    def start_service(self) -> None:
        """UDisks2 is there again."""
        self._do(self._connect())

    def _remove(self) -> None:
        if self._own is not None:
            self._own.cleanup()
        else:
            shutil.rmtree(self.folder)

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)

    # In the thread

    async def _connect(self) -> None:
        connection = MessageBus(bus_address=self._bus.address)
        await connection.connect()
        connection.add_message_handler(self._hear)
        reply = await connection.request_name(NAME)
        if reply is not RequestNameReply.PRIMARY_OWNER:
            raise RuntimeError("the bus has a UDisks2 already")
        self._connection = connection

    async def _disconnect(self) -> None:
        for job in self._jobs:
            job.cancel()
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    async def _plug(self, stick: VirtualStick) -> str:
        letter = next(each for each in "bcdefghijklmnop" if each not in self._plugged)
        plugged = self._plugged[letter] = Plugged(letter, stick)
        for device in plugged.devices():
            place = self.folder / SYSFS / plugged.sysfs(device)
            place.mkdir(parents=True, exist_ok=True)
            (self.folder / SYSFS / "class/block" / device).symlink_to(place)
        for path, interfaces in plugged.objects().items():
            self._signal(ROOT, MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])
        return letter

    async def _pull(self, letter: str) -> None:
        plugged = self._plugged.pop(letter, None)
        if plugged is None:
            return
        for path, point in plugged.points.items():
            about = plugged.partition(path)
            if about is not None:
                place = Path(os.fsdecode(point))
                self._mounts.pull(about, place)
                place.rmdir()
        for device in plugged.devices():
            (self.folder / SYSFS / "class/block" / device).unlink()
        for path, interfaces in reversed(plugged.objects().items()):
            body = [path, list(interfaces)]
            self._signal(ROOT, MANAGER, "InterfacesRemoved", "oas", body)

    async def _mount_elsewhere(self, letter: str, point: Path) -> None:
        plugged = self._plugged[letter]
        path = BLOCKS + plugged.devices()[-1]
        about = plugged.partition(path)
        point.mkdir(parents=True, exist_ok=True)
        if about is not None:
            self._mounts.mount(about, point, ["rw", "nosuid", "nodev"])
        plugged.points[path] = os.fsencode(point)
        self._tell_points(path, plugged)

    def _signal(
        self, path: str, interface: str, name: str, signature: str, body: list[Any]
    ) -> None:
        if self._connection is not None:
            self._connection.send(Message.new_signal(path, interface, name, signature, body))

    def _tell_points(self, path: str, plugged: Plugged) -> None:
        interface = PREFIX + "Filesystem"
        points = plugged.objects()[path][interface]
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, points, []])

    def _hear(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.interface == MANAGER and message.member == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects()])
        if message.interface == PROPERTIES:
            return self._property(message)
        if (message.interface or "").startswith(PREFIX):
            job = self._loop.create_task(self._answer(message))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)
            return True
        return None

    def _objects(self) -> dict[str, Any]:
        found: dict[str, Any] = {f"{ROOT}/Manager": {PREFIX + "Manager": _MANAGER_SAYS}}
        for plugged in self._plugged.values():
            found |= plugged.objects()
        return found

    def _property(self, message: Message) -> Message:
        interfaces = self._objects().get(message.path or "", {})
        values = interfaces.get(message.body[0] if message.body else "")
        if values is None:
            return _refusal(message, "org.freedesktop.DBus.Error.UnknownInterface")
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [values])
        if message.member == "Get" and message.body[1] in values:
            return Message.new_method_return(message, "v", [values[message.body[1]]])
        return _refusal(message, "org.freedesktop.DBus.Error.InvalidArgs")

    async def _answer(self, message: Message) -> None:
        try:
            reply = await self._obey(message)
        except _Error as problem:
            reply = _refusal(message, problem.name)
        if self._connection is not None:
            self._connection.send(reply)

    async def _obey(self, message: Message) -> Message:
        path, interface = message.path or "", (message.interface or "").removeprefix(PREFIX)
        plugged = next((each for each in self._plugged.values() if path in each.objects()), None)
        if plugged is None:
            return _refusal(message, "org.freedesktop.DBus.Error.UnknownObject")
        if PREFIX + interface not in plugged.objects()[path]:
            return _refusal(message, "org.freedesktop.DBus.Error.UnknownInterface")
        options = {name: value.value for name, value in message.body[0].items()}
        member = message.member or ""
        self.calls.append((member, path.rpartition("/")[2], str(options.get("options", ""))))
        if member == "Mount":
            point = await self._mount(plugged, path, options)
            return Message.new_method_return(message, "s", [os.fsdecode(point)])
        if member == "Unmount":
            self._unmount(plugged, path, force=bool(options.get("force", False)))
        elif member in {"PowerOff", "Eject"} and interface == "Drive":
            await self._switch_off(plugged, member)
        else:
            return _refusal(message, "org.freedesktop.DBus.Error.UnknownMethod")
        return Message.new_method_return(message)

    async def _mount(self, plugged: Plugged, path: str, options: dict[str, Any]) -> bytes:
        about = plugged.partition(path)
        if about is None:
            raise _Error("Failed", "not a mountable file system")
        if path in plugged.points:
            raise _Error("AlreadyMounted")
        known = {"fstype", "options", "auth.no_user_interaction", "as-user"}
        if set(options) - known or options.get("fstype", about.type) not in {about.type, "auto"}:
            raise _Error("Failed", "unknown option or type")
        asked = [each for each in str(options.get("options", "")).split(",") if each]
        allowed = ALLOWED | ALLOWED_BY_TYPE.get(about.type, frozenset())
        if any(each.partition("=")[0] not in allowed for each in asked):
            raise _Error("OptionNotPermitted")
        if about.lacks_codepage and any(each.startswith("codepage=") for each in asked):
            raise _Error("Failed", "wrong fs type, bad option")
        await asyncio.sleep(about.mount_s)
        if about.refusal:
            raise _Error(about.refusal)
        if plugged.letter not in self._plugged:
            raise _Error("Failed", "no such device")
        # UDisks2 adds these itself; a fault takes away even what was asked for.
        in_force = dict.fromkeys([*asked, "nodev", "nosuid"])
        options_in_force = [each for each in in_force if each not in about.ignores]
        point = self._new_point(about.label or "0000-0000")
        try:
            self._mounts.mount(about, point, options_in_force)
        except CannotMount as problem:
            point.rmdir()
            raise _Error("Failed", str(problem)) from None
        plugged.points[path] = os.fsencode(point)
        self._tell_points(path, plugged)
        return plugged.points[path]

    def _new_point(self, label: str) -> Path:
        name = label.replace("/", "_")
        number = 0
        while (point := self.media / (name + (str(number) if number else ""))).exists():
            number += 1
        point.mkdir()
        return point

    def _unmount(self, plugged: Plugged, path: str, *, force: bool) -> None:
        about = plugged.partition(path)
        if about is None or path not in plugged.points:
            raise _Error("NotMounted")
        if about.busy > 0 and not force:
            about.busy -= 1
            raise _Error("DeviceBusy")
        point = Path(os.fsdecode(plugged.points[path]))
        try:
            self._mounts.unmount(point, force=force)
        except CannotMount as problem:
            raise _Error("DeviceBusy", str(problem)) from None
        del plugged.points[path]
        point.rmdir()
        self._tell_points(path, plugged)

    async def _switch_off(self, plugged: Plugged, member: str) -> None:
        if plugged.points:
            raise _Error("DeviceBusy")
        if member == "PowerOff":
            if not plugged.stick.can_power_off:
                raise _Error("Failed")
            await self._pull(plugged.letter)


def _refusal(message: Message, name: str) -> Message:
    return Message.new_error(message, name, "simulated")


_MANAGER_SAYS = {"Version": Variant("s", "2.9.4")}
