"""How people and boards are named on the staff's screens."""

from datetime import UTC, datetime, timedelta

import pytest

from display.notice import Zone
from kiosk.settings import BoardSettings
from kiosk.staff.naming import board_called, chip_of
from kiosk.sync.staff import StaffAccount, StaffRole, new_key
from kiosk.words import load

ZH, EN = load("zh"), load("en")
NOW = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)


def board(name: str, zone: Zone) -> BoardSettings:
    return BoardSettings(name=name, zone=zone, card="bx-k", port="/dev/none", width=192, height=32)


HALL, SECOND = board("hall", Zone.LOBBY), board("second", Zone.LOBBY)
OPENING = board("open-1", Zone.OPENING_AREA)


@pytest.mark.parametrize(
    ("name", "boards", "zh", "en"),
    [
        ("hall", (HALL, OPENING), "大厅大屏", "Lobby board"),
        ("open-1", (HALL, OPENING), "开标区大屏", "Opening area board"),
        ("second", (HALL, SECOND), "大厅大屏 second", "Lobby board second"),
        ("elsewhere", (HALL,), "大屏 elsewhere", "Board elsewhere"),
    ],
)
def test_a_board_is_called_by_its_place_and_its_name_where_that_is_not_enough(
    name: str, boards: tuple[BoardSettings, ...], zh: str, en: str
) -> None:
    assert (board_called(name, boards, ZH), board_called(name, boards, EN)) == (zh, en)


def test_a_person_has_two_roles_beside_the_name_and_whether_there_are_more() -> None:
    account = StaffAccount(
        key="k3f9a2b1",
        name="王芳",
        roles=(StaffRole.EDITOR, StaffRole.SUPERVISOR, StaffRole.TECHNICIAN),
        valid_from=NOW,
        expires_at=NOW + timedelta(days=1),
        card="1" * 64,
        signs=new_key("11010119900307758X", "271828"),
        changed_at=NOW,
    )
    assert chip_of(account, ZH) == "王**（编排、监督等）"
    assert chip_of(account, ZH, 3) == "王**（编排、监督、技术）"
