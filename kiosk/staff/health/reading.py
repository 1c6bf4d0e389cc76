"""The parts of this terminal as they are now; asked in a worker."""

from collections.abc import Callable

from display.trusted_time import Reading, trusted_time
from kiosk.settings import Settings
from kiosk.staff.health.model import Looked, Row, rows
from kiosk.staff.looks import looks
from kiosk.store.terminal import TerminalStore


def rows_at(settings: Settings, reading: Reading) -> Callable[[TerminalStore], list[Row]]:
    """Look at everything; the answer raises StoreError."""

    def look(store: TerminalStore) -> list[Row]:
        contact = store.contact()
        trusted = trusted_time(reading, contact=contact, last=store.last_moment())
        kept = {board.name: store.calibration(board.name) for board in settings.boards}
        measured = {name: each.measured_at for name, each in kept.items() if each is not None}
        seen = tuple(looks(settings))
        return rows(settings, Looked(store.health(), seen, contact, reading, trusted, measured))

    return look
