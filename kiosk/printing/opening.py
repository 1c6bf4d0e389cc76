"""Puts the terminal's printing together: typesetter, desk, printer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kiosk.printing.desk import PrintDesk, Printer, user_of
from kiosk.printing.model import Deliver, PrintModel
from kiosk.printing.typesetting import Typesetting
from kiosk.settings import PrinterSettings


def open_printing(
    settings: PrinterSettings,
    terminal: str,
    fonts: Path,
    deliver: Deliver,
    health: Callable[[Mapping[str, Any]], None],
) -> PrintModel:
    """Printing at the printer of the settings; nothing is asked before its `start`.

    `fonts` keeps the extracted faces. `health` hears on the UI thread how the printer is.
    """
    user = user_of(terminal)

    def printer() -> Printer:
        # Loading an HTTP client takes longer than the first screen may.
        from devices.printer.printer import IppPrinter

        return IppPrinter(settings.uri, user=user, certificate=settings.certificate)

    return PrintModel(
        limit=settings.pages,
        deliver=deliver,
        typeset=lambda what, done: Typesetting(what, fonts, at_most=settings.pages, done=done),
        open_desk=lambda tell, told: PrintDesk(printer, user, tell, told),
        health=health,
    )
