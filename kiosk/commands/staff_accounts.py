"""Where accounts of staff are made: at the centre's server, or at a centre's only terminal."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.commands.running import Problem, settings_of, terminal_store
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.central.database import CentralDatabase


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two."""

    command: str
    """With which the accounts are looked after."""
    settings: Callable[[argparse.Namespace], Settings]
    """Those of the command line, with the section [central] of the place."""
    spread: Callable[[Settings, "CentralDatabase"], None]
    """Called after what was done, for whoever must know."""


def _own_settings(args: argparse.Namespace) -> Settings:
    settings = settings_of(args, "terminal")
    from kiosk.central.database import DATABASE_NAME
    from kiosk.central.own_terminal import FOLDER
    from kiosk.settings import Central

    if settings.sync is not None:
        raise Problem(
            "[sync] names a central server: accounts are made there, with `mingtang central staff`"
        )
    data = terminal_store(settings).parent / FOLDER
    if not getattr(args, "makes", False) and not (data / DATABASE_NAME).exists():
        raise Problem("no accounts were made at this terminal yet; `mingtang staff add` makes one")
    return settings.model_copy(update={"central": Central(data=data)})


def _bring(settings: Settings, database: "CentralDatabase") -> None:
    from kiosk.central.own_terminal import bring
    from kiosk.store.terminal import TerminalStore
    from kiosk.sync.contract import site_channel

    with TerminalStore(terminal_store(settings)) as store:
        bring(database, store, site_channel(settings.centre.site), datetime.now(UTC))


SERVER = Place(
    "mingtang central staff",
    lambda args: settings_of(args, "central"),
    lambda _settings, _database: None,
)
OWN = Place("mingtang staff", _own_settings, _bring)
