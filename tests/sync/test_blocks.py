"""Blocks on their way from a record's HTML to the terminal's store."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from display.body import Table
from kiosk.central.fields import RefusedRecord
from kiosk.central.html_bounds import MAX_BYTES
from kiosk.central.portal import candidates_notice, portal_notice
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import (
    Change,
    Page,
    Revision,
    UnreadableDocument,
    notice_document,
    read_notice,
)

NOW = datetime(2026, 3, 18, tzinfo=UTC)
RECORD = {
    "record_id": "r1",
    "title": "东山路道路改造工程招标公告",
    "publish_date": "2026-03-17 09:00",
    "info_type": "招标/资审公告",
    "business_type": "工程建设",
}
HTML = "<p>甲</p><table><tr><td>乙<td>丙<tr><td>丁<td>戊</table><script>x</script>"


def test_a_document_says_the_words_once_and_the_reader_has_both() -> None:
    notice = portal_notice({**RECORD, "content_html": HTML})
    assert notice.body == "甲\n乙　丙\n丁　戊"
    document = json.loads(json.dumps(notice_document(notice)))
    assert "body" not in document
    assert document["blocks"] == ["甲", {"t": [["乙", "丙"], ["丁", "戊"]]}]
    assert read_notice(document) == notice


def test_documents_without_blocks_are_read_as_before() -> None:
    notice = portal_notice({**RECORD, "content_text": "甲\r\n乙"})
    assert (notice.body, notice.blocks) == ("甲\n乙", ())
    document = notice_document(notice)
    assert document["body"] == "甲\n乙" and "blocks" not in document
    assert read_notice(document) == notice


def test_a_document_with_unknown_blocks_is_not_readable() -> None:
    document = notice_document(portal_notice({**RECORD, "content_html": HTML}))
    with pytest.raises(UnreadableDocument, match=r"^blocks: "):
        read_notice({**document, "blocks": [{"video": "甲"}]})


def test_html_comes_before_text_and_text_where_it_says_nothing() -> None:
    both = {**RECORD, "content_text": "文字"}
    assert portal_notice({**both, "content_html": HTML}).body.startswith("甲")
    assert portal_notice({**both, "content_html": "<p> </p>"}).body == "文字"
    candidates = {
        "id": "c1",
        "title": "中标候选人公示",
        "date": "2026-03-17",
        "publicity_period": "2026年03月17日 18时00分至2026年03月20日 18时30分",
        "candidates": [],
        "content_html": HTML,
    }
    assert isinstance(candidates_notice(candidates).blocks[1], Table)


def test_text_with_some_tags_loses_only_those() -> None:
    notice = portal_notice({**RECORD, "content_text": "公示\n<p>无</p>\n若 a<b 且 x>y，&lt;甲&gt;"})
    assert notice.body == "公示\n无\n若 a<b 且 x>y，&lt;甲&gt;"
    plain = portal_notice({**RECORD, "content_text": "若 a<b 则\u202e退\u200b回"})
    assert (plain.body, plain.blocks) == ("若 a<b 则退回", ())


def test_too_large_html_is_refused_by_its_field() -> None:
    with pytest.raises(RefusedRecord, match=r"^content_html: is larger than 4 MB"):
        portal_notice({**RECORD, "content_html": "x" * (MAX_BYTES + 1)})


def test_the_store_keeps_blocks_beside_the_body_and_out_of_lists(tmp_path: Path) -> None:
    notice = portal_notice({**RECORD, "project_code": "P", "content_html": HTML})
    rev = f"1-{'a' * 32}"
    change = Change(
        seq="1-e1",
        id="r1",
        changes=(Revision(rev=rev),),
        doc={**notice_document(notice), "_rev": rev},
    )
    page = Page(results=(change,), last_seq="1-e1", pending=0, epoch="e1", server_time=NOW)
    with TerminalStore(tmp_path / "terminal.db") as store:
        store.apply_page("public-210400", page, now=NOW)
        assert store.notice("r1") == notice
        (listed,) = store.project("P")
        assert (listed.body, listed.blocks) == ("", ())
