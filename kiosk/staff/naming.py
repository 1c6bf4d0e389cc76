"""How people and boards are named on the staff's screens (pure)."""

from collections.abc import Iterable
from typing import Protocol

from display.notice import Zone
from kiosk.sync.decision import shown_name
from kiosk.sync.staff import StaffAccount, StaffRole
from kiosk.words import Words

ROLES = {
    StaffRole.EDITOR: "role_editor",
    StaffRole.APPROVER: "role_approver",
    StaffRole.SUPERVISOR: "role_supervisor",
    StaffRole.TECHNICIAN: "role_technician",
    StaffRole.DESK: "role_desk",
}
"""The words for them, in section staff."""
BOARDS = {
    Zone.LOBBY: "board_lobby",
    Zone.OPENING_AREA: "board_opening_area",
    Zone.EXPERTS_CORRIDOR: "board_experts_corridor",
}
"""The words for the board of a zone, in section staff."""


def chip_of(account: StaffAccount, words: Words, most: int = 2) -> str:
    """王**（监督、编排等）, with at most so many roles, and whether there are more."""
    named = [words[f"staff.{ROLES[role]}"] for role in account.roles]
    said = words["staff.between"].join(named[:most])
    if len(named) > most:
        said += words["staff.more_roles"]
    return words["staff.chip"].format(name=shown_name(account.name), roles=said)


class Placed(Protocol):
    """A board of the settings."""

    @property
    def name(self) -> str:
        """Of this board alone."""

    @property
    def zone(self) -> Zone:
        """Where it hangs."""


def board_called(name: str, boards: Iterable[Placed], words: Words) -> str:
    """大厅大屏, by the zone of a board of the settings; with its name where two share a zone.

    Another one is named by its name alone: 大屏 lobby.
    """
    zones = {board.name: board.zone for board in boards}
    if name not in zones:
        return words["journal.board"].format(board=name)
    called = words[f"staff.{BOARDS[zones[name]]}"]
    if list(zones.values()).count(zones[name]) == 1:
        return called
    return words["staff.board_of_several"].format(called=called, name=name)
