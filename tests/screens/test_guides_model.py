"""The list of guides and one guide."""

from datetime import UTC, datetime
from typing import Any

from display.body import plain_text
from kiosk import words
from kiosk.guides.model import Entry, GuideModel, GuidesModel, entries, responsible
from kiosk.guides.paper import guide_printout
from kiosk.sync.site import Guide, Step

ZH = words.load("zh")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def guide(key: str, subject: str = "甲", **more: Any) -> Guide:
    return Guide(key=key, title=f"指南{key}", subject=subject, steps=(Step(title="一"),), **more)


def test_subjects_stand_where_their_first_guide_does() -> None:
    told = [guide("a", "乙", time_needed="1 天"), guide("b", "甲"), guide("c", "乙")]
    assert entries(told, ZH) == [
        Entry("乙"),
        Entry("指南a", "办理时限　1 天", "a"),
        Entry("指南c", "", "c"),
        Entry("甲"),
        Entry("指南b", "", "b"),
    ]


def test_responsible_is_whom_and_where() -> None:
    assert responsible(guide("a", responsible="张岗", place="3 号窗口")) == "张岗\n3 号窗口"
    assert responsible(guide("a")) == ""


def test_a_guide_that_was_taken_down_says_so_and_trouble_keeps_what_is_shown() -> None:
    model = GuideModel()
    assert model.nothing_texts(ZH) == ("", "")
    model.show([guide("a"), guide("b")], "b")
    assert model.guide.key == "b"
    model.fail()
    assert (model.guide.key, model.nothing_texts(ZH)) == ("b", ("", ""))
    model.show([guide("a")], "b")
    assert model.nothing_texts(ZH)[0] == "这份指南已撤下"
    model.forget()
    model.fail()
    assert model.nothing_texts(ZH)[0] == ZH["lookup.trouble"]


def test_the_empty_list_says_why() -> None:
    model = GuidesModel()
    assert model.nothing_texts(ZH) == ("", "")
    model.fail()
    assert model.nothing_texts(ZH)[0] == ZH["lookup.trouble"]
    model.show([])
    assert model.nothing_texts(ZH)[0] == "暂时没有办事指南"
    model.show([guide("a")])
    assert model.nothing_texts(ZH) == ("", "")


def test_on_paper_stands_everything_that_is_on_the_screen() -> None:
    told = Guide(
        key="a",
        title="登记",
        subject="甲",
        steps=(Step(title="填写", text="第一行\n第二行"), Step(title="核对")),
        papers=("执照", "身份证"),
        responsible="登记岗",
        telephone="53910026",
        place="3 号窗口",
        time_needed="当场",
    )
    made = guide_printout(told, ZH, NOON, centre="某中心", terminal="FS-02")
    assert made.facts == (("首问负责", "登记岗　53910026　3 号窗口"), ("办理时限", "当场"))
    text = plain_text(made.blocks)
    for part in ("办理步骤", "1. 填写", "第一行", "第二行", "2. 核对", "需要准备的材料", "身份证"):
        assert part.replace(" ", "") in text.replace(" ", "")
    assert (made.title, made.tag, made.address) == ("登记", "办事指南", "")
    bare = guide_printout(guide("b"), ZH, NOON, centre="某中心", terminal="FS-02")
    assert bare.facts == ()
    assert "不需要带材料" in plain_text(bare.blocks)
