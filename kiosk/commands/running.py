"""What every long-running process shares: settings, log, and a clean stop."""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.settings import Settings, SettingsError, load
from kiosk.store import DATABASE_NAME

if TYPE_CHECKING:
    from kiosk.central.database import CentralDatabase


class Problem(Exception):
    """The command cannot go on; the message says why and what to do."""


def settings_of(args: argparse.Namespace, *needed: str) -> Settings:
    """The settings named on the command line, with the sections that this command needs."""
    settings = load(args.config)
    for section in needed:
        if not getattr(settings, section):
            raise SettingsError(f"{args.config}: [{section}] is missing: this command needs it")
    return settings


def terminal_store(settings: Settings) -> Path:
    """Absolute path of the terminal's database; its folder is made if need be."""
    if settings.terminal is None:
        raise SettingsError("[terminal] is missing")
    try:
        settings.terminal.data.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Problem(
            f"terminal.data: {settings.terminal.data.absolute()}: {problem.strerror}"
        ) from None
    return (settings.terminal.data / DATABASE_NAME).absolute()


@contextmanager
def central_database(settings: Settings, *, create: bool = True) -> Iterator["CentralDatabase"]:
    """The central server's database, open. Raises Problem when it cannot be used."""
    from kiosk.central import database as central

    if not create and settings.central is not None:
        path = settings.central.data / central.DATABASE_NAME
        if not path.exists():
            raise Problem(
                f"{path.absolute()}: there is no database; check [central] data in the settings"
            )
    try:
        with closing(central.open_for(settings)) as database:
            yield database
    except central.UnusableDatabase as problem:
        raise Problem(str(problem)) from None


def start_log(level: int = logging.INFO) -> None:
    """Log to standard error, UTC, one line an event."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def runs_until_told(what: str) -> None:
    """Tell the person at the keyboard what runs now, and how it ends."""
    print(f"{what}; Ctrl-C ends it", file=sys.stderr, flush=True)


def stop_on_signal() -> threading.Event:
    """An event that is set at SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def positive(text: str) -> int:
    """A whole number above zero, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: a whole number above zero")
    return number


def size_of(text: str) -> tuple[int, int]:
    """`1920x1080` → (1920, 1080), for argparse."""
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text}: write it as WIDTHxHEIGHT, such as 192x32")
    size = int(width), int(height)
    if not all(8 <= side <= 16384 for side in size):
        raise argparse.ArgumentTypeError(f"{text}: sides between 8 and 16384 pixels")
    return size
