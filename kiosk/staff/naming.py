"""How a member of staff is named on the screen (pure)."""

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


def chip_of(account: StaffAccount, words: Words, most: int = 2) -> str:
    """王**（监督、编排）, with at most so many roles, and how many more there are."""
    named = [words[f"staff.{ROLES[role]}"] for role in account.roles]
    said = words["staff.between"].join(named[:most])
    if len(named) > most:
        said += f" +{len(named) - most}"
    return words["staff.chip"].format(name=shown_name(account.name), roles=said)
