"""Sign, title and lines of what the identify screen tells."""

from kiosk.sync.submission import Role
from kiosk.widgets.icons import Sign
from kiosk.words import Words

_ROLES = {
    Role.EXPERT: "role_expert",
    Role.PURCHASER: "role_purchaser",
    Role.AGENCY: "role_agency",
    Role.BIDDER: "role_bidder",
}
_OF_WAY = {"card": Sign.BADGE, "code": Sign.SCAN, "staff": Sign.ASSIST}
_MISSING = {"unavailable", "no_reader", "staff_no_reader"}


def sign_of(way: str, said: str) -> str:
    """The sign of a way to say who one is, or of what is missing for it."""
    return (Sign.DESK if said in _MISSING else _OF_WAY[way]).value


def notice_of(words: Words, way: str, service: str) -> tuple[str, str]:
    """Title and text of what is read and why."""
    if way == "staff":
        return words["identify.notice_staff_title"], words["identify.notice_staff"]
    name = "notice_check_in" if service == "check_in" else "notice"
    return words["identify.notice_title"], words[f"identify.{name}"]


def title_of(words: Words, said: str) -> str:
    """What is told, in large letters."""
    return words["identify.code_title" if said == "code" else f"identify.{said}"]


def role_in(words: Words, role: str) -> str:
    """The word for a role."""
    return words[f"identify.{_ROLES[Role(role)]}"]


def lines_of(words: Words, said: str) -> tuple[str, str]:
    """What stands below it: what to do, and a remark; either may be empty."""
    first, _, second = words.get(f"identify.{said}_text", "").partition("\n")
    return first, second
