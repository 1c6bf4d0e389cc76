"""What UDisks2 says of partitions, and whether one may be opened (pure).

Names of interfaces and properties: UDisks2 D-Bus API reference, storaged.org/udisks/docs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

BLOCK = "org.freedesktop.UDisks2.Block"
DRIVE = "org.freedesktop.UDisks2.Drive"
ENCRYPTED = "org.freedesktop.UDisks2.Encrypted"
FILESYSTEM = "org.freedesktop.UDisks2.Filesystem"
PARTITION = "org.freedesktop.UDisks2.Partition"
PARTITION_TABLE = "org.freedesktop.UDisks2.PartitionTable"

FILE_SYSTEMS = ("vfat", "exfat", "ntfs", "ext4", "iso9660", "udf")
"""Those that a centre may allow, as Block.IdType names them."""
BUSES = ("usb", "sdio")
"""Those that a centre may allow, as Drive.ConnectionBus names them."""

Objects = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Properties by interface by object path, as GetManagedObjects gives them."""

_USB_PORT = re.compile(r"(\d+-\d+(?:\.\d+)*):\d+\.\d+")
"""The folder of a USB interface in sysfs: bus-port.port:configuration.interface."""
_NO_OBJECT = "/"


class Problem(StrEnum):
    """Why a partition is not opened, or not any more."""

    ENCRYPTED = "encrypted"
    UNKNOWN_CONTENT = "unknown_content"
    FILE_SYSTEM = "file_system"
    PORT = "port"
    IN_USE = "in_use"
    """Something else on this PC has it mounted."""
    NOT_OPENED = "not_opened"
    """The mount failed, or lacked what protects this PC and was taken back."""
    PULLED_OUT = "pulled_out"
    BUSY = "busy"
    """It could not be unmounted as it should."""


class State(StrEnum):
    """How a partition is."""

    OPENING = "opening"
    READY = "ready"
    REFUSED = "refused"
    REMOVABLE = "removable"
    """Unmounted, and its drive switched off where it can be."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the centre allows."""

    filesystems: tuple[str, ...] = ("vfat", "exfat", "ntfs")
    buses: tuple[str, ...] = ("usb",)
    ports: tuple[str, ...] = ()
    """USB ports such as 1-2, with all that is behind them; empty: every port."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition, or a medium without partitions, that a visitor may have plugged in."""

    path: str
    """Of its D-Bus object."""
    drive: str
    device: str
    """Such as /dev/sdb1."""
    label: str = field(repr=False)
    size: int
    """Bytes."""
    usage: str
    type: str
    encrypted: bool
    mount_points: tuple[bytes, ...] = field(repr=False)
    can_power_off: bool
    ejectable: bool

    def problem(self, rules: Rules, port: str) -> Problem | None:
        """Why it is not to be mounted; `port` as `usb_port` tells it."""
        if rules.ports and not any(
            port == allowed or port.startswith(f"{allowed}.") for allowed in rules.ports
        ):
            return Problem.PORT
        if self.encrypted:
            return Problem.ENCRYPTED
        if self.usage != "filesystem" or not self.type:
            return Problem.UNKNOWN_CONTENT
        if self.type not in rules.filesystems:
            return Problem.FILE_SYSTEM
        return None


def partitions(objects: Objects, rules: Rules) -> Iterator[Partition]:
    """What was plugged in at the allowed buses; the PC's own disks are not among it."""
    for path, interfaces in objects.items():
        block = interfaces.get(BLOCK)
        if block is None or block.get("HintSystem", True) or block.get("HintIgnore", False):
            continue
        drive = objects.get(str(block.get("Drive", _NO_OBJECT)), {}).get(DRIVE)
        if drive is None or drive.get("ConnectionBus", "") not in rules.buses:
            continue
        # A drive without a medium has no size. A table of partitions is not opened itself.
        empty = not block.get("Size", 0)
        table = PARTITION_TABLE in interfaces and FILESYSTEM not in interfaces
        if empty or table or interfaces.get(PARTITION, {}).get("IsContainer", False):
            continue
        # The opened inside of an encrypted partition was not opened by us: not ours to read.
        inside = block.get("CryptoBackingDevice", _NO_OBJECT) != _NO_OBJECT
        usage = str(block.get("IdUsage", ""))
        points = interfaces.get(FILESYSTEM, {}).get("MountPoints", ())
        yield Partition(
            path=path,
            drive=str(block["Drive"]),
            device=_text(block.get("Device", b"")),
            label=str(block.get("IdLabel", "")),
            size=int(block["Size"]),
            usage=usage,
            type=str(block.get("IdType", "")),
            encrypted=inside or usage == "crypto" or ENCRYPTED in interfaces,
            mount_points=tuple(bytes(point).rstrip(b"\0") for point in points),
            can_power_off=bool(drive.get("CanPowerOff", False)),
            ejectable=bool(drive.get("Ejectable", False)),
        )


def usb_port(sysfs_path: str) -> str:
    """The USB port on the way to a device in sysfs, such as 1-2.3; empty: not behind USB."""
    for part in reversed(sysfs_path.split("/")):
        found = _USB_PORT.fullmatch(part)
        if found:
            return found.group(1)
    return ""


@dataclass(frozen=True, slots=True)
class Medium:
    """A partition as the visitor meets it."""

    key: str
    """The same as long as it is plugged in."""
    label: str = field(repr=False)
    size: int
    """Bytes."""
    state: State
    problem: Problem | None = None


def _text(raw: bytes) -> str:
    return bytes(raw).rstrip(b"\0").decode("utf-8", "replace")
