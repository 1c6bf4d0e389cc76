"""Calls to UDisks2 over D-Bus, each with a deadline (asyncio: used by `Sticks` in its thread)."""

import asyncio
from collections.abc import Callable
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError
from dbus_fast.unpack import unpack_variants

from devices.errors import DeviceError, NoReply, Unplugged
from devices.storage.media import DRIVE, FILESYSTEM, Objects

NAME = "org.freedesktop.UDisks2"
ROOT = "/org/freedesktop/UDisks2"
CALL_S = 5.0
MOUNT_S = 30.0
"""A large damaged FAT takes long to mount."""
_BUS = "org.freedesktop.DBus"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
_RULES = (
    f"type='signal',sender='{NAME}',path_namespace='{ROOT}'",
    f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg0='{NAME}'",
)


class NoService(Unplugged):
    """There is no message bus, or no UDisks2 on it: look again later."""


class Declined(DeviceError):
    """UDisks2 said no; `name` is the last part of its error's name."""

    def __init__(self, name: str) -> None:
        # Without UDisks2's own words: they name devices by their labels.
        super().__init__(f"UDisks2 declined: {name}")
        self.name = name


class UDisks:
    """One connection, used once."""

    def __init__(
        self, bus: MessageBus, removed: Callable[[str], None], changed: Callable[[], None]
    ):
        """See `connect`."""
        self._bus, self._removed, self._changed = bus, removed, changed
        bus.add_message_handler(self._hear)

    @classmethod
    async def connect(
        cls, address: str, removed: Callable[[str], None], changed: Callable[[], None]
    ) -> "UDisks":
        """`address` of the bus, empty for the system's. Raises NoService.

        `removed` is told the path of an object that is gone at once, in order; `changed` that
        anything may be different.
        """
        try:
            bus = MessageBus(bus_address=address or None, bus_type=BusType.SYSTEM)
            await asyncio.wait_for(bus.connect(), CALL_S)
        except (OSError, TimeoutError, AuthError, DBusError, InvalidAddressError, EOFError) as why:
            raise NoService(f"no message bus: {type(why).__name__}") from None
        udisks = cls(bus, removed, changed)
        try:
            for rule in _RULES:
                await udisks._call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", [rule])
        except BaseException:
            bus.disconnect()
            raise
        return udisks

    def close(self) -> None:
        """Close the connection."""
        self._bus.disconnect()

    async def ended(self) -> None:
        """Wait until the connection is lost."""
        try:
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        except (OSError, EOFError):
            return

    async def objects(self) -> Objects:
        """Every object with its properties. Raises NoService, NoReply."""
        try:
            reply = await self._call(NAME, ROOT, _OBJECTS, "GetManagedObjects")
        except Declined as problem:
            raise NoService(f"no UDisks2: {problem.name}") from None
        found: Objects = unpack_variants(reply[0])
        return found

    async def mount(self, path: str, fstype: str, options: str) -> bytes:
        """Mount a partition; the place. Raises Declined, NoReply."""
        asked = {"fstype": Variant("s", fstype), "options": Variant("s", options)}
        reply = await self._do(path, FILESYSTEM, "Mount", asked, MOUNT_S)
        return str(reply[0]).encode("utf-8", "surrogateescape")

    async def unmount(self, path: str, *, force: bool = False) -> None:
        """Unmount; `force` also if it is in use. Raises Declined, NoReply."""
        await self._do(path, FILESYSTEM, "Unmount", {"force": Variant("b", force)}, MOUNT_S)

    async def power_off(self, drive: str) -> None:
        """Switch a drive off. Raises Declined, NoReply."""
        await self._do(drive, DRIVE, "PowerOff", {}, MOUNT_S)

    async def eject(self, drive: str) -> None:
        """Eject the medium. Raises Declined, NoReply."""
        await self._do(drive, DRIVE, "Eject", {}, MOUNT_S)

    async def _do(
        self, path: str, interface: str, member: str, options: dict[str, Variant], seconds: float
    ) -> list[Any]:
        # Nobody is there who could type a password.
        asked = {**options, "auth.no_user_interaction": Variant("b", True)}
        return await self._call(NAME, path, interface, member, "a{sv}", [asked], seconds)

    async def _call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
        seconds: float = CALL_S,
    ) -> list[Any]:
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
        try:
            reply = await asyncio.wait_for(self._bus.call(message), seconds)
        except TimeoutError:
            raise NoReply(f"{member}: no answer within {seconds:g} s") from None
        except (OSError, EOFError, DBusError):
            raise NoService("the message bus is gone") from None
        if reply is None:
            raise NoReply(f"{member}: no answer")
        if reply.message_type is MessageType.ERROR:
            raise Declined((reply.error_name or "").rpartition(".")[2])
        return list(reply.body)

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "InterfacesRemoved" and message.interface == _OBJECTS:
            self._removed(str(message.body[0]))
        self._changed()
