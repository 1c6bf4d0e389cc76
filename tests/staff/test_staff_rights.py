"""Which role sees which screen, and does what there."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.staff.accounts import Action, may
from kiosk.staff.home import offered
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
KEY = StaffKey(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1, public="0" * 64)
HEALTH, EVIDENCE = "staff_health", "evidence"
TABLE = {
    StaffRole.EDITOR: ({HEALTH, EVIDENCE}, set()),
    StaffRole.APPROVER: ({HEALTH, EVIDENCE}, set()),
    StaffRole.SUPERVISOR: ({HEALTH, EVIDENCE}, {Action.EXPORT_EVIDENCE}),
    StaffRole.TECHNICIAN: ({HEALTH}, {Action.TEST_DEVICES}),
    StaffRole.DESK: ({HEALTH}, {Action.TEST_DEVICES}),
}


@pytest.mark.parametrize("role", list(StaffRole))
def test_screens_and_actions_of_a_role(role: StaffRole) -> None:
    account = StaffAccount(
        key="k3f9a2b1",
        name="王芳",
        roles=(role,),
        valid_from=NOW,
        expires_at=NOW + timedelta(days=1),
        card="1" * 64,
        signs=KEY,
        changed_at=NOW,
    )
    screens, actions = TABLE[role]
    assert set(offered(account)) == screens
    asked = {Action.EXPORT_EVIDENCE, Action.TEST_DEVICES}
    assert {action for action in asked if may(account, action)} == actions
