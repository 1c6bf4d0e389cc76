"""Settings: one TOML file, read into frozen, strict models.

An unknown key or a wrong value stops the program with the file, the key and what was
expected. Nothing reads settings at import; `load` is called once, by the command.
"""

import re
from collections.abc import Mapping
from datetime import time
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from devices.catalogue import CARDS, card_named
from devices.led import gb2312
from devices.printer.address import http_address
from display.edition import cell_for
from display.glyphs import for_board
from display.notice import Zone
from display.screen import ScreenHours
from display.timing import readable_speeds
from kiosk.examination.policy import Policy as UploadSettings
from kiosk.expectations import expectation
from kiosk.toml_file import Unreadable, read_toml
from kiosk.upload.source_settings import PhoneSettings, StorageSettings

NETWORK_LINES = ("socket", "rfc2217")
LINES = (*NETWORK_LINES, "spy", "loop")
"""Schemes that a board's port may have besides a device path."""
DEFAULT_PATH = Path("/etc/mingtang/mingtang.toml")


class SettingsError(Exception):
    """The settings cannot be used; the message names the file, the key and the remedy."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _path(value: object) -> object:
    return Path(value) if isinstance(value, str) else value


def _clock_time(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", value):
        return time.fromisoformat(value)
    raise ValueError('write it as "08:30" (or "08:30:15")')


def _zone(value: object) -> object:
    if isinstance(value, str) and value in list(Zone):
        return Zone(value)
    raise ValueError("one of " + ", ".join(Zone))


def _card(value: object) -> object:
    if isinstance(value, str) and value in CARDS:
        return value
    raise ValueError("one of " + ", ".join(sorted(CARDS)))


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _hours(value: object) -> ScreenHours:
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", value):
        on, off = (time.fromisoformat(part) for part in value.split("-"))
        return ScreenHours(on, off)
    raise ValueError('write hours as "07:30-18:00"')


def _week(value: object) -> object:
    """Hours for every day, or a table by weekday in which a missing day is dark."""
    if isinstance(value, str):
        return (_hours(value),) * len(WEEKDAYS)
    if not isinstance(value, dict) or not value or set(value) - set(WEEKDAYS):
        raise ValueError(
            'write "07:30-18:00" for all days, or a table of days: ' + ", ".join(WEEKDAYS)
        )
    return tuple(_hours(value[day]) if day in value else None for day in WEEKDAYS)


def _levels(value: object) -> object:
    """Brightness by time of day, such as {"07:00" = 12, "18:30" = 6}, in order of time."""
    if not isinstance(value, dict) or not all(
        re.fullmatch(r"\d\d:[03]0", moment) and type(level) is int and 0 <= level <= 15
        for moment, level in value.items()
    ):
        raise ValueError('write {"07:00" = 12, "18:30" = 6}: full or half hours, levels 0 to 15')
    return tuple(sorted((time.fromisoformat(moment), level) for moment, level in value.items()))


FilePath = Annotated[Path, BeforeValidator(_path)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]


def _personal_port(port: str) -> str:
    scheme, separator, _ = port.partition("://")
    # No spy://: its tape would keep what stands on cards and in codes.
    if separator and scheme not in NETWORK_LINES:
        raise ValueError("a device path, " + ", ".join(f"{line}://…" for line in NETWORK_LINES))
    if separator and urlsplit(port).port is None:
        raise ValueError(f"name the port too: {scheme}://host:port")
    return port


PersonalPort = Annotated[str, AfterValidator(_personal_port)]
PERSONAL_PORTS = "device path, socket://host:port, rfc2217://…"


class Centre(_Section):
    """The trading centre."""

    name: str = Field(min_length=1, description="as it stands on screen and board")
    region: str = Field(pattern=r"^\d{6}$", description="six-digit code of GB/T 2260")
    site: str = Field(pattern=r"^[a-z0-9-]{1,40}$", description="name of this building's feed")
    telephone: str = Field(default="", description="of the service desk")
    board_name: str = Field(
        default="", description="name on LED boards, if `name` has characters they lack"
    )


class Terminal(_Section):
    """This PC."""

    name: str = Field(min_length=1, description="as it stands at the foot of the screen")
    data: FilePath = Field(description="folder of the terminal's database")
    zone: Annotated[Zone, BeforeValidator(_zone)] = Field(
        default=Zone.LOBBY, description="where it stands; experts are served in their corridor only"
    )
    files_mb: int = Field(
        default=2000, ge=100, description="megabytes of attachments kept at most, 100 or more"
    )


class Central(_Section):
    """The centre's own small server."""

    data: FilePath = Field(description="folder of the server's database")
    host: str = "127.0.0.1"
    port: int = Field(default=8710, ge=1, le=65535)


class Sync(_Section):
    """Where this terminal gets its notices from."""

    server: str = Field(pattern=r"^https?://[^/\s]+/?$", description="http://host:port")
    poll_s: float = Field(default=15.0, ge=0.2, le=3600, description="seconds between looks")


class Private(_Section):
    """Personal services: identification, entry, handing in."""

    key: FilePath = Field(
        default=Path("/etc/mingtang/private.key"),
        description="file of the encrypted store's key, made at the first start",
    )
    receipts_days: int = Field(
        default=30, ge=1, le=365, description="how long receipts can be looked up here, in days"
    )


class Screen(_Section):
    """The visitor's screen."""

    language: Literal["zh", "en"] = "zh"
    fullscreen: bool = True
    width: int = Field(default=1920, ge=640)
    height: int = Field(default=1080, ge=480)
    idle_s: float = Field(default=90.0, ge=5, description="before the countdown to home starts")
    identified_idle_s: float = Field(
        default=180.0, ge=5, description="the same for a visitor who is identified"
    )
    countdown_s: float = Field(default=30.0, ge=5)
    lexicon: FilePath | None = Field(
        default=None, description="file of the centre's own words and places for the keyboard"
    )


class StaffSettings(_Section):
    """The screens of those who work here."""

    idle_s: float = Field(default=180.0, ge=5, description="silence that signs staff out")
    exports: FilePath | None = Field(
        default=None, description="folder of exported evidence; left out: below terminal.data"
    )


class PrinterSettings(_Section):
    """The printer beside this terminal."""

    uri: str = Field(description="ipp://host/path or ipps://host/path, as the printer tells it")
    pages: int = Field(default=30, ge=1, le=500, description="what one visitor prints at once")
    certificate: FilePath | None = Field(
        default=None, description="PEM file that an ipps printer is checked against"
    )

    @field_validator("uri")
    @classmethod
    def _printable(cls, uri: str) -> str:
        http_address(uri)
        return uri


class IdReaderSettings(_Section):
    """The reader of ID cards beside this terminal."""

    port: PersonalPort = Field(min_length=1, description=PERSONAL_PORTS)
    baud: Literal[9600, 19200, 57600, 115200] = 115200


class ScannerSettings(_Section):
    """The scanner of QR codes beside this terminal, if it speaks serial; one that types needs no
    settings."""

    port: PersonalPort = Field(min_length=1, description=PERSONAL_PORTS)
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600


class ScheduleSettings(_Section):
    """When the board's edition is made and how fast it moves."""

    cut_over: ClockTime = Field(default=time(8, 30), description="daily, time of Beijing")
    characters_per_second: float = Field(
        default=4.0, ge=2.0, le=6.0, description="2 to 6, what people can read"
    )
    dwell: Literal["normal", "slow"] = "normal"
    days: Literal["working", "every"] = Field(
        default="working", description="days on which an edition is made"
    )
    working_days: FilePath | None = Field(
        default=None, description="the centre's own table of holidays and make-up days"
    )
    items: int = Field(default=30, ge=1, le=500, description="notices in one edition, newest first")
    visitor_wait_s: float = Field(
        default=300.0, ge=10, description="how long a visitor waits; longer loops are warned of"
    )
    screen_hours: Annotated[tuple[ScreenHours | None, ...], BeforeValidator(_week)] = Field(
        default=(), description="when boards are lit; left out: always"
    )
    rest_days: Literal["neutral", "dark"] = Field(
        default="neutral", description="what boards show on days without an edition"
    )
    brightness: Annotated[tuple[tuple[time, int], ...], BeforeValidator(_levels)] = Field(
        default=(), description="by time of day; left out: as the card is set"
    )


class BoardSettings(_Section):
    """One LED board and the line to it."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    zone: Annotated[Zone, BeforeValidator(_zone)] = Zone.LOBBY
    card: Annotated[str, BeforeValidator(_card)] = Field(
        description="bx-k draws texts itself; frame takes each page as a picture"
    )
    port: str = Field(min_length=1, description="device path, socket://host:port, rfc2217://…")
    baud: Literal[2400, 4800, 9600, 19200, 57600, 115200] = 57600
    address: int = Field(default=1, ge=1, le=0xFFFD)
    width: int = Field(ge=128, le=2048, description="pixels")
    height: int = Field(ge=16, le=512, description="pixels")
    receive_buffer: Literal[512, 1024] = Field(
        default=1024, description="data bytes that the card takes at once: 512 on 5K cards"
    )
    pitch_mm: float | None = Field(
        default=None, gt=0, le=100, description="from one LED to the next, for viewing distance"
    )
    check_size: bool = Field(
        default=True, description="refuse to show anything on a board that reports another size"
    )
    speeds: tuple[float, ...] = Field(
        default=(), description="measured pixels per second of the card's speed codes, from 0 on"
    )

    @model_validator(mode="before")
    @classmethod
    def _lists_to_tuples(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("speeds"), list):
            speeds = data["speeds"]
            if not all(isinstance(speed, int | float) for speed in speeds):
                raise ValueError("speeds: numbers, in pixels per second")
            return {**data, "speeds": tuple(float(speed) for speed in speeds)}
        return data

    @field_validator("port")
    @classmethod
    def _known_line(cls, port: str) -> str:
        scheme, separator, _ = port.partition("://")
        if separator and scheme not in LINES:
            raise ValueError("a device path, " + ", ".join(f"{line}://…" for line in LINES))
        if scheme in NETWORK_LINES and urlsplit(port).port is None:
            raise ValueError(f"name the port too: {scheme}://host:port")
        return port

    @field_validator("speeds")
    @classmethod
    def _falling(cls, speeds: tuple[float, ...]) -> tuple[float, ...]:
        falling = all(slower < faster for faster, slower in pairwise(speeds))
        if len(speeds) > 25 or not falling or not all(0 < speed < inf for speed in speeds):
            raise ValueError("at most 25 numbers above zero, each below the one before")
        return speeds

    @model_validator(mode="after")
    def _readable(self) -> "BoardSettings":
        assumed = card_named(self.card).speeds
        if assumed:
            readable_speeds(self.speeds or assumed, cell_for(self.width, self.height))
        elif self.speeds:
            raise ValueError(f"speeds: a {self.card} board has none: nothing moves on it")
        return self

    def speeds_in_force(self, measured: tuple[float, ...]) -> tuple[float, ...]:
        """Those of the settings, else `measured` at the board, else what its card is assumed to
        have; pixels per second by speed code, empty if nothing moves on it.

        Raises SettingsError for measurements that do not suit the board's size any more.
        """
        assumed = card_named(self.card).speeds
        if self.speeds or not (measured and assumed):
            return self.speeds or assumed
        try:
            readable_speeds(measured, cell_for(self.width, self.height))
        except ValueError as problem:
            raise SettingsError(
                f"board {self.name}: {problem}; it was calibrated at another size: run `mingtang "
                f"board calibrate --board {self.name}` again"
            ) from None
        return measured


class Settings(_Section):
    """Everything that a technician sets on a PC."""

    centre: Centre
    terminal: Terminal | None = None
    central: Central | None = None
    sync: Sync | None = None
    private: Private | None = None
    screen: Screen = Screen()
    staff: StaffSettings = StaffSettings()
    printer: PrinterSettings | None = None
    id_reader: IdReaderSettings | None = None
    scanner: ScannerSettings | None = None
    storage: StorageSettings | None = None
    phone: PhoneSettings | None = None
    schedule: ScheduleSettings = ScheduleSettings()
    upload: UploadSettings = UploadSettings()
    boards: tuple[BoardSettings, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _boards_to_tuple(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("boards"), list):
            return {**data, "boards": tuple(data["boards"])}
        return data

    @model_validator(mode="after")
    def _board_names_differ(self) -> "Settings":
        names = [board.name for board in self.boards]
        if len(set(names)) < len(names):
            raise ValueError("two boards have the same name")
        return self

    @model_validator(mode="after")
    def _boards_can_show_the_name(self) -> "Settings":
        shown = for_board(self.centre.board_name or self.centre.name)
        lacking = gb2312.missing(shown)
        texts = [board.name for board in self.boards if card_named(board.card).coded_text]
        if lacking and texts:
            raise ValueError(
                f"the font of board {texts[0]} has no characters {lacking}: give the centre's "
                "name without them as board_name in [centre]"
            )
        return self


def load(path: Path) -> Settings:
    """Read the settings file. Raises SettingsError with the file, the key and the remedy."""
    try:
        data = read_toml(path)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such file; start from assets/settings/example.toml "
            "and name it with --config"
        ) from None
    except Unreadable as problem:
        raise SettingsError(f"{path}: {problem}") from None
    try:
        return Settings.model_validate(data)
    except ValidationError as problem:
        lines = (
            f"{path}: {_place(error['loc'], data)}: "
            + expectation(error, _description(error["loc"]))
            for error in problem.errors()
        )
        raise SettingsError("\n".join(lines)) from None


def _place(place: tuple[int | str, ...], data: Mapping[str, Any]) -> str:
    """Section and key; a board by its name, if it has one."""
    if place[:1] != ("boards",) or len(place) < 2 or not isinstance(place[1], int):
        return ".".join(map(str, place)) or "file"
    table = data["boards"][place[1]]
    name = table.get("name") if isinstance(table, dict) else None
    board = f"board {name}" if isinstance(name, str) and name else f"[[boards]] {place[1] + 1}"
    return ", ".join((board, ".".join(map(str, place[2:])))) if place[2:] else board


def _description(place: tuple[int | str, ...]) -> str:
    """What the settings' models say of the key at `place`, or nothing."""
    model: type[BaseModel] | None = Settings
    description = ""
    for key in place:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key) if model is not None else None
        if field is None:
            return ""
        description = field.description or ""
        inner = [field.annotation, *get_args(field.annotation)]
        models = (kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel))
        model = next(models, None)
    return description
