from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from display.notice import Category, Notice, NoticeKind
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document, withdrawal_id

NOON = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)


class Make:
    """Makes notices, changes and pages."""

    noon = NOON
    channel = "public-420500"

    def notice(
        self, id: str = "n1", title: str = "东山路道路改造工程招标公告", **more: Any
    ) -> Notice:
        fields: dict[str, Any] = {
            "kind": NoticeKind.TENDER,
            "category": Category.CONSTRUCTION,
            "published_at": NOON,
        }
        return Notice(id=id, title=title, **{**fields, **more})

    def live(self, notice: Notice, number: int = 1, seq: int = 1) -> Change:
        rev = f"{number}-{'a' * 32}"
        document = {**notice_document(notice), "_rev": rev}
        return self._change(notice.id, rev, seq, doc=document)

    def gone(self, id: str, number: int, seq: int = 1) -> Change:
        return self._change(id, f"{number}-{'d' * 32}", seq, deleted=True)

    def withdrawal(self, id: str, notice_number: int, number: int = 1, seq: int = 1) -> Change:
        rev = f"{number}-{'b' * 32}"
        document = {
            "_id": withdrawal_id(id),
            "_rev": rev,
            "type": "withdrawal",
            "notice_id": id,
            "notice_rev": f"{notice_number}-{'a' * 32}",
            "withdrawn_at": NOON.isoformat(),
        }
        return self._change(withdrawal_id(id), rev, seq, doc=document)

    def page(self, *changes: Change, pending: int = 0, last: int = 9, epoch: str = "e1") -> Page:
        return Page(
            results=changes,
            last_seq=f"{last}-{epoch}",
            pending=pending,
            epoch=epoch,
            server_time=NOON,
        )

    def _change(self, id: str, rev: str, seq: int, **more: Any) -> Change:
        return Change(seq=f"{seq}-e1", id=id, changes=(Revision(rev=rev),), **more)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TerminalStore]:
    with TerminalStore(tmp_path / "terminal.db") as opened:
        yield opened


@pytest.fixture
def files_text(tmp_path: Path) -> Callable[[], bytes]:
    """All bytes of the database's files."""
    return lambda: b"".join(
        path.read_bytes() for path in sorted(tmp_path.iterdir()) if path.name.startswith("terminal")
    )
