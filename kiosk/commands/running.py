"""What every long-running process shares: settings, log, and a clean stop."""

import argparse
import logging
import signal
import sys
import threading
import time
from pathlib import Path

from kiosk.settings import Settings, SettingsError, load


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
    """Path of the terminal's database; its folder is made if need be."""
    if settings.terminal is None:
        raise SettingsError("[terminal] is missing")
    settings.terminal.data.mkdir(parents=True, exist_ok=True)
    return settings.terminal.data / "terminal.db"


def start_log(level: int = logging.INFO) -> None:
    """Log to standard error, UTC, one line an event."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def stop_on_signal() -> threading.Event:
    """An event that is set at SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
