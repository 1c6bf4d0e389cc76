import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from display.body import (
    Cell,
    Heading,
    ListItem,
    Paragraph,
    Run,
    Table,
    from_json,
    paragraph,
    plain_text,
    text_blocks,
    to_json,
)
from display.notice import Category, Notice, NoticeKind

BLOCKS = (
    Heading(2, "评标结果"),
    paragraph("如下"),
    Paragraph((Run("甲", True), Run("乙"), Run("丙", False, True), Run("丁", True, True))),
    ListItem(2, "1.", (Run("项"),)),
    Table(
        (
            (Cell((paragraph("名称"),), 2, 1, True), Cell()),
            (
                Cell((paragraph("a"),)),
                Cell((paragraph("b", bold=True),)),
                Cell((paragraph("c"), paragraph("d")), rowspan=3),
            ),
        )
    ),
)


def notice(**more: object) -> Notice:
    return Notice(
        id="n1",
        kind=NoticeKind.TENDER,
        category=Category.OTHER,
        title="甲",
        published_at=datetime(2026, 3, 17, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )


def test_blocks_have_a_compact_form_that_comes_back() -> None:
    written = to_json(BLOCKS)
    assert written == [
        {"h": "评标结果", "l": 2},
        "如下",
        [{"b": "甲"}, "乙", {"s": "丙"}, {"bs": "丁"}],
        {"li": "项", "d": 2, "m": "1."},
        {"t": [[{"x": "名称", "c": 2, "h": True}, ""],
               ["a", {"x": [[{"b": "b"}]]}, {"x": ["c", "d"], "r": 3}]]},
    ]  # fmt: skip
    assert from_json(json.loads(json.dumps(written))) == BLOCKS


def test_words_of_blocks() -> None:
    assert plain_text(BLOCKS) == "评标结果\n如下\n甲乙丙丁\n1. 项\n名称\na　b　c d"
    assert text_blocks(" 甲 \r\n\n乙\n") == (paragraph("甲"), paragraph("乙"))


def test_a_notice_carries_blocks_through_json() -> None:
    one = notice(blocks=BLOCKS)
    again = Notice.model_validate_json(one.model_dump_json(exclude_defaults=True))
    assert again == one
    assert "blocks" not in notice().model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    "value",
    [
        "text",
        {"h": "x"},
        [7],
        [None],
        [[]],
        [[{"u": "x"}]],
        [[{"b": 1}]],
        [{"h": "x", "l": 0}],
        [{"h": "x", "l": "1"}],
        [{"li": "x", "d": 99, "m": ""}],
        [{"t": []}],
        [{"t": ["x"]}],
        [{"t": [[7]]}],
        [{"t": [[{"c": 2}]]}],
        [{"t": [[{"x": "a", "c": 0}]]}],
        [{"t": [[{"x": "a", "r": 1001}]]}],
        [{"t": [[{"x": "a", "r": "2"}]]}],
        [{"t": [[{"x": [{"t": [["a"]]}]}]]}],
        [{"video": "x"}],
    ],
    ids=str,
)
def test_what_is_no_block_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        from_json(value)
    with pytest.raises(ValidationError):
        notice(blocks=value)
