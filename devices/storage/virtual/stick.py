"""What can be plugged in, and what can be wrong with it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbus_fast import Variant

PREFIX = "org.freedesktop.UDisks2."
BLOCKS = "/org/freedesktop/UDisks2/block_devices/"
DRIVES = "/org/freedesktop/UDisks2/drives/"

Interfaces = dict[str, dict[str, Variant]]


@dataclass
class VirtualPartition:
    """One partition: a folder's content, or a disk image's."""

    content: Path | None = None
    """A folder, or an image of an ext4 file system; None: nothing that can be mounted."""
    label: str = ""
    type: str = "vfat"
    """As Block.IdType; empty: unknown."""
    usage: str = "filesystem"
    """As Block.IdUsage: "crypto" for an encrypted partition."""
    size: int = 8_000_000_000
    """Bytes."""
    container: bool = False
    """An extended partition, that only holds others."""
    # Faults
    refusal: str = ""
    """Name of the error with which mounting is refused, such as "Failed"."""
    mount_s: float = 0.0
    """Seconds that mounting takes."""
    ignores: frozenset[str] = frozenset()
    """Options that the mount will not have, though they were asked for."""
    lacks_codepage: bool = False
    """The kernel cannot read names in the code page of Chinese Windows."""
    busy: int = 0
    """How often unmounting is refused before it works, or is forced."""


@dataclass
class VirtualStick:
    """A stick with its partitions."""

    partitions: list[VirtualPartition]
    vendor: str = "Virtual"
    model: str = "Stick"
    bus: str = "usb"
    port: str = "1-2"
    table: bool = True
    """False: the one file system lies on the whole medium."""
    can_power_off: bool = True
    system: bool = False
    """A disk of the PC itself."""


@dataclass(frozen=True)
class Plugged:
    """A stick in its port."""

    letter: str
    stick: VirtualStick
    points: dict[str, bytes] = field(default_factory=dict)
    """Mount point by object path."""

    @property
    def drive(self) -> str:
        """Path of the drive's object."""
        return f"{DRIVES}{self.stick.vendor}_{self.stick.model}_{self.letter}"

    def devices(self) -> list[str]:
        """Names such as sdb, sdb1."""
        whole = f"sd{self.letter}"
        if not self.stick.table:
            return [whole]
        return [whole, *(f"{whole}{number + 1}" for number in range(len(self.stick.partitions)))]

    def partition(self, path: str) -> VirtualPartition | None:
        """What lies at a block device's object."""
        devices = self.devices()
        names = devices[1:] if self.stick.table else devices
        by_path = {
            BLOCKS + name: each for name, each in zip(names, self.stick.partitions, strict=True)
        }
        return by_path.get(path)

    def sysfs(self, device: str) -> str:
        """Place of a device below /sys, as for a stick behind a USB port."""
        port = self.stick.port
        usb = f"devices/pci0000:00/0000:00:14.0/usb{port[0]}/{port}/{port}:1.0"
        return f"{usb}/host6/target6:0:0/6:0:0:0/block/sd{self.letter}/{device}"

    def objects(self) -> dict[str, Interfaces]:
        """All objects with their properties, the drive first."""
        found: dict[str, Interfaces] = {self.drive: {PREFIX + "Drive": self._drive()}}
        for device in self.devices():
            path = BLOCKS + device
            found[path] = self._block(path, device, self.partition(path))
        return found

    def _drive(self) -> dict[str, Variant]:
        stick = self.stick
        return {
            "ConnectionBus": Variant("s", stick.bus),
            "Vendor": Variant("s", stick.vendor),
            "Model": Variant("s", stick.model),
            "Serial": Variant("s", f"V{self.letter}"),
            "Size": Variant("t", sum(each.size for each in stick.partitions)),
            "Removable": Variant("b", not stick.system),
            "MediaRemovable": Variant("b", not stick.system),
            "MediaAvailable": Variant("b", True),
            "Ejectable": Variant("b", True),
            "CanPowerOff": Variant("b", stick.can_power_off),
            "SiblingId": Variant("s", "/sys/" + self.sysfs(f"sd{self.letter}")),
        }

    def _block(self, path: str, device: str, about: VirtualPartition | None) -> Interfaces:
        mountable = about is not None and about.usage == "filesystem" and not about.container
        whole = sum(each.size for each in self.stick.partitions)
        block: Mapping[str, Any] = {
            "Device": Variant("ay", f"/dev/{device}".encode() + b"\0"),
            "PreferredDevice": Variant("ay", f"/dev/{device}".encode() + b"\0"),
            "Drive": Variant("o", self.drive),
            "CryptoBackingDevice": Variant("o", "/"),
            "Size": Variant("t", whole if about is None else about.size),
            "IdUsage": Variant("s", "" if about is None or about.container else about.usage),
            "IdType": Variant("s", "" if about is None or about.container else about.type),
            "IdLabel": Variant("s", "" if about is None else about.label),
            "ReadOnly": Variant("b", False),
            "HintSystem": Variant("b", self.stick.system),
            "HintIgnore": Variant("b", False),
            "HintAuto": Variant("b", not self.stick.system),
        }
        found: Interfaces = {PREFIX + "Block": dict(block)}
        if about is None:
            found[PREFIX + "PartitionTable"] = {"Type": Variant("s", "dos")}
            return found
        if self.stick.table:
            found[PREFIX + "Partition"] = {
                "Number": Variant("u", int(device[3:])),
                "Table": Variant("o", f"{BLOCKS}sd{self.letter}"),
                "IsContainer": Variant("b", about.container),
            }
        if mountable:
            points = [self.points[path] + b"\0"] if path in self.points else []
            found[PREFIX + "Filesystem"] = {"MountPoints": Variant("aay", points)}
        if about.usage == "crypto":
            found[PREFIX + "Encrypted"] = {"HintEncryptionType": Variant("s", about.type)}
        return found
