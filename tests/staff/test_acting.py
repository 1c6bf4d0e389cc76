"""Each wish about a proposal is that decision and no other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from kiosk.staff import wording
from kiosk.staff.proposals.acting import decision_of
from kiosk.staff.proposals.model import Act
from kiosk.staff.proposing import Deciding, WithoutEffect
from kiosk.sync.staff import StaffRole
from tests.staff.test_rights_table import NOW, Terminal


class Person:
    """Notes what is decided."""

    def __init__(self) -> None:
        self.decided: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., str]:
        def note(*_about: Any) -> str:
            self.decided.append(name)
            return name

        return note


@pytest.mark.parametrize(
    ("act", "method"),
    [
        (Act.APPROVE, "approve"),
        (Act.REFUSE, "refuse"),
        (Act.WITHDRAW, "withdraw_proposal"),
        (Act.WITHDRAW_APPROVAL, None),
    ],
)
def test_a_proposal_that_waits(act: Act, method: str | None, tmp_path: Path) -> None:
    """Taking back an approval that there is not withdraws nothing else."""
    at = Terminal(tmp_path, StaffRole.APPROVER, "signed in")
    waits, who = at.proposal("lobby"), Person()
    at.store.close()
    if method is None:
        with pytest.raises(WithoutEffect):
            decision_of(act, cast(Deciding, who), waits, "", NOW)
    else:
        decision_of(act, cast(Deciding, who), waits, wording.REFUSING[0], NOW)
    assert who.decided == ([] if method is None else [method])


def test_an_approval_is_taken_back(tmp_path: Path) -> None:
    at = Terminal(tmp_path, StaffRole.APPROVER, "signed in")
    waits, signed, who = at.proposal("lobby"), at.sign_in(), Person()
    assert signed is not None
    approved = replace(waits, approved=at.deciding(signed).approve(waits, NOW))
    at.store.close()
    decision_of(Act.WITHDRAW_APPROVAL, cast(Deciding, who), approved, "", NOW)
    assert who.decided == ["withdraw_approval"]
