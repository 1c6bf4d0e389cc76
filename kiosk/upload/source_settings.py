"""Where visitors' files may come from: sections `[storage]` and `[phone]` of the settings."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from devices.storage.media import BUSES, FILE_SYSTEMS


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _path(value: object) -> object:
    return Path(value) if isinstance(value, str) else value


def _texts(value: object) -> object:
    """A list of texts as a tuple."""
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise ValueError('write a list such as ["vfat", "exfat"]')


_File = Annotated[Path, BeforeValidator(_path)]
_Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class StorageSettings(_Section):
    """Visitors' USB sticks."""

    filesystems: _Texts = Field(
        default=("vfat", "exfat", "ntfs"), description="file systems that are opened"
    )
    buses: _Texts = Field(default=("usb",), description="where visitors can plug in: usb, sdio")
    ports: _Texts = Field(default=(), description='USB ports such as "1-2"; empty: all')

    simulated: _File | None = Field(
        default=None, description="folder of simulated sticks, as the demo has them"
    )

    @field_validator("filesystems")
    @classmethod
    def _known_filesystems(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, FILE_SYSTEMS)

    @field_validator("buses")
    @classmethod
    def _known_buses(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, BUSES)

    @field_validator("ports")
    @classmethod
    def _written_as_sysfs_does(cls, ports: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"\d+-\d+(\.\d+)*", port) for port in ports):
            raise ValueError('write ports as "1-2" or "1-2.3": bus, port, port of a hub')
        return ports


def _known(names: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"{', '.join(unknown) or 'none'}: choose from {', '.join(known)}")
    return names


PHONE_FILE_MB = 64
"""With what examines it, a file of so many megabytes stays under the 150 that examining may take;
larger ones come on a stick."""


class PhoneSettings(_Section):
    """The page to which visitors' phones send files."""

    address: str = Field(
        pattern=r"^(\d{1,3}\.){3}\d{1,3}:\d{1,5}$",
        description="address of this PC in the phones' network, and port: 192.168.50.1:8443",
    )
    network: str = Field(default="", description="name of the radio network, for the visitor")
    minutes: int = Field(default=10, ge=1, le=60, description="how long a page stays open")
    file_mb: int = Field(
        default=64, ge=1, le=PHONE_FILE_MB, description="of one file; in memory while examined"
    )
    name: str = Field(
        default="",
        pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$",
        description="host name that the certificate is made out to",
    )
    certificate: _File | None = Field(
        default=None, description="PEM file with the certificate and those above it"
    )
    key: _File | None = Field(default=None, description="PEM file with its private key")

    @field_validator("address")
    @classmethod
    def _one_address(cls, address: str) -> str:
        host, _, port = address.rpartition(":")
        if ip_address(host).is_unspecified or not 1 <= int(port) <= 65535:
            raise ValueError("one address of this PC, not 0.0.0.0, and a port up to 65535")
        return address

    @model_validator(mode="after")
    def _certificate_with_key_and_name(self) -> "PhoneSettings":
        told = [self.certificate is not None, self.key is not None, bool(self.name)]
        if any(told) and not all(told):
            raise ValueError("name, certificate and key: all three, or none for plain HTTP")
        return self
