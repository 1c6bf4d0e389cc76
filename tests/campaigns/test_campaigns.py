"""A few runs of each campaign."""

from pathlib import Path

import pytest

from tests.campaigns.killed_uploads import killed_upload
from tests.campaigns.submissions import campaign


def test_submissions_arrive_once_whatever_is_killed_lost_or_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.upload.PIECE", 400_000)
    monkeypatch.setattr("kiosk.sync.upload.WAIT_S", 0.01)
    met = campaign(tmp_path, 5, seed=3)
    assert met["lost answers"] > 0


def test_an_upload_arrives_once_whichever_side_is_killed(tmp_path: Path) -> None:
    killed = killed_upload(tmp_path, 8_000_000, 4, seed=4)
    assert sum(killed.values()) == 4
