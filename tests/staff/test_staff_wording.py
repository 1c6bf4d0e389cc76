"""Whatever can be said of an arrangement or a decision has words in both languages."""

import re
import string
from datetime import date, time
from typing import Any

import pytest
from pydantic import ValidationError

from display.arrangement import (
    Arrangement,
    CalendarException,
    Choices,
    Dwell,
    DwellPreset,
    EditionDays,
    Limit,
    NotAllowed,
    Passed,
    RestDays,
    Setting,
    differences,
)
from display.decisions import Fault
from display.screen import ScreenHours
from display.standing import Judged, Outcome, State
from display.timing import Caution, Warned, warnings
from display.working_days_table import DayKind
from kiosk.staff import wording
from kiosk.sync.decision import Unacceptable
from kiosk.words import Words, load

START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
LIT = ScreenHours(on=time(8), off=time(17, 30))
OTHER = Arrangement(
    cut_over=time(7, 0, 30),
    days=EditionDays.EVERY,
    exceptions=(CalendarException(day=date(2026, 10, 10), kind=DayKind.OFF),),
    screen_hours=(LIT, LIT, LIT, LIT, LIT, None, ScreenHours(on=time(20), off=time(2))),
    rest_days=RestDays.DARK,
    brightness=((time(8), 12), (time(18, 30), 4)),
    characters_per_second=4.5,
    dwell=DwellPreset.SLOW,
    items=20,
    choices=Choices(pinned=("n1",), left_out=("n2",), dwell=(Dwell(notice_id="n3", seconds=7.5),)),
)
BOTH = pytest.mark.parametrize("language", ["zh", "en"])


def whole(said: str, language: str) -> str:
    """Said in this language, with every value filled in."""
    assert said.strip() == said != ""
    assert not [name for _, name, _, _ in string.Formatter().parse(said) if name is not None]
    assert "None" not in said and "datetime" not in said
    assert bool(re.search("[\u4e00-\u9fff]", said)) is (language == "zh"), said
    return said


@BOTH
@pytest.mark.parametrize(
    ("kind", "say"),
    [
        (Setting, lambda one, words: wording.what(one, "", words)),
        (Fault, wording.fault),
        (State, wording.state),
        (Unacceptable, wording.unacceptable),
        (Outcome, lambda one, words: wording.outcome(Judged(one), words)),
        (Caution, lambda one, words: wording.caution(Warned(one, 412.345, 300.0), words)),
        (Limit, lambda one, words: wording.limit(Passed("items", one, 501, 1, 500), words)),
        *(
            (kind, lambda one, words: wording.value(Setting.DAYS, one, words))
            for kind in (EditionDays, RestDays, DwellPreset, DayKind)
        ),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_every_member_has_its_own_words(kind: Any, say: Any, language: str) -> None:
    words = load(language)
    said = [whole(say(one, words), language) for one in kind]
    assert len(set(said)) == len(said)


@BOTH
def test_every_sentence_of_refusal_tells_what_to_do(language: str) -> None:
    """The remedy is a sentence of its own after what is wrong."""
    words = load(language)
    end = "。" if language == "zh" else "."
    told = [wording.fault(one, words) for one in Fault]
    told += [wording.unacceptable(one, words) for one in Unacceptable]
    told += [wording.outcome(Judged(one), words) for one in Outcome if one is not Outcome.COUNTED]
    told += [wording.limit(Passed("items", one, 501, 1, 500), words) for one in Limit]
    told += [wording.caution(Warned(one, 9, 5), words) for one in Caution]
    told.append(wording.not_accepted("whatever else", words))
    for said in told:
        assert said.endswith(end) and len(said.rstrip(end).split(end)) >= 2, said


@BOTH
def test_every_difference_has_old_and_new(language: str) -> None:
    words = load(language)
    found = differences(START, OTHER)
    assert {one.setting for one in found} == set(Setting)
    for one in (*found, *differences(OTHER, START)):
        (changed,) = wording.changes((one,), words, {"n1": "公告一" if language == "zh" else "one"})
        whole(changed.what, language)
        assert changed.before and changed.after and changed.before != changed.after
        assert "None" not in changed.before + changed.after


def said_in_chinese() -> dict[str, str]:
    found = wording.changes(differences(START, OTHER), load("zh"), {"n1": "道路施工"})
    return {one.what: f"{one.before} → {one.after}" for one in found}


def test_differences_in_plain_chinese() -> None:
    said = said_in_chinese()
    assert said["滚动速度"] == "4 字/秒 → 4.5 字/秒"
    assert said["每日更新时刻"] == "08:30 → 07:00:30"
    assert said["2026-10-10 星期六 是否更新"] == "按日历 → 不更新"
    assert said["星期六开屏时段"] == "全天亮屏 → 全天黑屏"
    assert said["星期日开屏时段"] == "全天亮屏 → 20:00 至次日 02:00"
    assert said["亮度"] == "按控制卡的设定 → 08:00 起 12 级、18:30 起 4 级"
    assert said["置顶：道路施工"] == "不置顶 → 第 1 位"
    assert said["是否上屏：公告 n2"] == "上屏 → 不上屏"
    assert said["停留时间：公告 n3"] == "按字数 → 7.5 秒"


def refused(**fields: Any) -> tuple[str, ...]:
    try:
        START.changed(**fields)
    except NotAllowed as problem:
        return wording.limits(problem, load("zh"))
    raise AssertionError("within all limits")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"characters_per_second": 6.5},
            "滚动速度：6.5 字/秒超出范围。请改为 2 字/秒至 6 字/秒。",
        ),
        ({"items": 0}, "节目单条数：0 条超出范围。请改为 1 条至 500 条。"),
        ({"cut_over": time(8, 30, 0, 5)}, "整秒"),
        (
            {"exceptions": [CalendarException(day=date(1999, 1, 4), kind=DayKind.OFF)]},
            "请改为 2000 至 2099。",
        ),
        ({"brightness": ((time(8), 16),)}, "08:00 起的亮度：16 级超出范围。请改为 0 级至 15 级。"),
        ({"brightness": ((time(8, 10), 5),)}, "整点或半点"),
        ({"screen_hours": (LIT,)}, "只有 1 天"),
        ({"choices": Choices(pinned=("n1", "n1"))}, "重复"),
        ({"choices": Choices(pinned=("n1",), left_out=("n1",))}, "置顶：公告 n1：既置顶又不上屏"),
        ({"choices": Choices(pinned=tuple(map(str, range(101))))}, "有 101 项，最多 100 项"),
        (
            {
                "choices": Choices(
                    dwell=tuple(Dwell(notice_id=str(n), seconds=6) for n in range(101))
                )
            },
            "有 101 项，最多 100 项",
        ),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else "",
)
def test_limits_in_plain_chinese(fields: dict[str, Any], said: str) -> None:
    told = refused(**fields)
    assert any(said.replace(" ", "") in one.replace(" ", "") for one in told), told


def test_every_field_that_can_pass_a_limit_has_a_name() -> None:
    """Fields come from the very checks, not from a list of theirs."""
    wrong = {
        "cut_over": time(8, 30, 0, 1),
        "exceptions": [CalendarException(day=date(1999, 1, 4), kind=DayKind.OFF)] * 2,
        "screen_hours": (LIT,),
        "brightness": ((time(8, 10), 16),),
        "characters_per_second": 9.0,
        "items": 0,
        "choices": Choices(
            pinned=("a", "a"), left_out=("b", "b"), dwell=(Dwell(notice_id="c", seconds=1),)
        ),
    }
    with pytest.raises((NotAllowed, ValidationError)) as caught:
        START.changed(**wrong)
    assert isinstance(caught.value, NotAllowed)
    assert {one.field for one in caught.value.passed} == set(wording.SETTINGS)


def test_a_time_that_is_told_as_enough_is_enough() -> None:
    needed = 6.7501
    passed = Passed("dwell_of_notice", Limit.TOO_SHORT_FOR_ITS_WORDS, 6.0, needed, 30.0, "n1")
    found = re.search(r"改为 ([\d.]+) 秒", wording.limit(passed, load("zh")))
    assert found is not None and needed <= float(found[1]) < needed + 0.1


def test_cautions_come_from_the_timing() -> None:
    words: Words = load("en")
    found = warnings(5.5, 4, 400, 300)
    assert {one.caution for one in found} == set(Caution) - {Caution.HARDLY_SHOWN}
    assert next(wording.caution(one, words) for one in found).startswith(
        "Text scrolls at 5.5 characters/s; above 5"
    )


def test_reasons_are_recorded_in_the_record_s_language_and_read_in_one_s_own() -> None:
    english = load("en")
    names = (*wording.REFUSING, *wording.NEUTRAL)
    recorded = [wording.reason_to_record(name) for name in names]
    assert len(set(recorded)) == len(recorded)
    for name, text in zip(names, recorded, strict=True):
        assert len(text) <= 200
        assert wording.reason(text, load("zh")) == text
        assert wording.reason(text, english) == english[f"reason.{name}"]
    assert wording.reason("误播", english) == "误播"
    assert wording.reason("", english) == "No reason given"


def test_an_account_s_fault_is_told_instead_of_the_outcome() -> None:
    judged = Judged(Outcome.ACCOUNT, fault=Fault.EXPIRED)
    assert wording.outcome(judged, load("zh")) == load("zh")["fault.expired"]
    assert (
        wording.not_accepted("expired: the account li", load("zh")) == load("zh")["fault.expired"]
    )
