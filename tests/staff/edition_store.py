"""A terminal's store with notices in every state, for the tests of the edition's screen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from display.notice import Category, Notice, NoticeKind
from display.trusted_time import Reading
from kiosk.settings import BoardSettings, Settings
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import (
    CONTROL,
    Change,
    Page,
    Revision,
    notice_document,
    withdrawal_id,
)

NOW = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
"""Tuesday, 09:12 in Shanghai; the edition of the day was made at 08:30."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "不得提前公开"
"""In the title of whatever must not be seen."""


def notice(id: str, hours_old: float = 24, **fields: Any) -> Notice:
    """A tender notice of so many hours ago."""
    values: dict[str, Any] = {
        "id": id,
        "kind": NoticeKind.TENDER,
        "category": Category.CONSTRUCTION,
        "title": f"{id}号道路维修工程施工招标公告",
        "tender_no": f"FSGC-{id}",
        "published_at": NOW - hours_old * HOUR,
        "official_url": f"https://example.cn/{id}",
    }
    return Notice.model_validate(values | fields)


class Bench:
    """One store and what its sync would do."""

    def __init__(self, folder: Path, *, card: str = "bx-k", items: int = 30) -> None:
        self.board = BoardSettings(
            name="lobby",
            zone="lobby",
            card=card,
            port="loop://",
            width=192,
            height=32,
            pitch_mm=4.75,
        )
        self.settings = Settings.model_validate(
            {
                "centre": {"name": "抚顺市公共资源交易中心", "region": "210400", "site": "main"},
                "schedule": {"items": items},
            }
        ).model_copy(update={"boards": (self.board,)})
        self.store = TerminalStore(folder / "terminal.db")
        self._seq = 0
        self.store.heard_server(Reading(NOW), NOW)

    def receive(self, *notices: Notice, at: datetime = NOW) -> None:
        self._apply([(one.id, {"doc": notice_document(one)}) for one in notices], at)

    def withdraw(self, *ids: str, at: datetime = NOW) -> None:
        withdrawals = [
            {
                "_id": withdrawal_id(id),
                "type": "withdrawal",
                "notice_id": id,
                "notice_rev": f"{self._seq}-{'a' * 32}",
                "withdrawn_at": at.isoformat(),
            }
            for id in ids
        ]
        self._apply([(one["_id"], {"doc": one}) for one in withdrawals], at, CONTROL)

    def delete(self, *ids: str, at: datetime = NOW) -> None:
        """The feed does not name them any more."""
        self._apply([(id, {"deleted": True}) for id in ids], at)

    def _apply(
        self,
        changed: list[tuple[str, dict[str, Any]]],
        at: datetime,
        channel: str = "public-210400",
    ) -> None:
        changes = []
        for id, more in changed:
            self._seq += 1
            rev = f"{self._seq}-{'a' * 32}"
            if "doc" in more:
                more = {"doc": {**more["doc"], "_rev": rev}}
            revisions = (Revision(rev=rev),)
            changes.append(Change(seq=f"{self._seq}-e1", id=id, changes=revisions, **more))
        page = Page(
            results=tuple(changes),
            last_seq=f"{self._seq}-e1",
            pending=0,
            epoch="e1",
            server_time=at,
        )
        self.store.apply_page(channel, page, now=at)
