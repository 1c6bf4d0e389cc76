"""A few runs of each campaign."""

from pathlib import Path

from tests.campaigns.killed_uploads import killed_upload
from tests.campaigns.submissions import campaign


def test_submissions_arrive_once_whatever_is_killed_lost_or_full(tmp_path: Path) -> None:
    met = campaign(tmp_path, 2, seed=3)
    assert met["lost answers"] > 0 and met["too late"] >= 2


def test_an_upload_arrives_once_whichever_side_is_killed(tmp_path: Path) -> None:
    killed = killed_upload(tmp_path, 8_000_000, 2, seed=4)
    assert sum(killed.values()) == 2
