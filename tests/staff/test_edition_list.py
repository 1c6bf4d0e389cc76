"""The next edition as a list: what is on it, what is not and why; the gate decides over all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from display.arrangement import Limit, NotAllowed
from display.decisions import RANDOM_BYTES, Proposed, new_id
from display.local_time import SHANGHAI
from display.notice import NoticeKind
from display.standing import Proposal, Standing, State
from kiosk import words
from kiosk.staff.draft import Draft
from kiosk.staff.edition import model as edition_model
from kiosk.staff.edition.ground import Ground, read_ground
from kiosk.staff.edition.making import Made, make
from kiosk.staff.edition.rows import Mark, needed_s, stale, stand, titles
from tests.staff.edition_store import DAY, HOUR, NOW, SECRET, Bench, notice

ZH, EN = words.load("zh"), words.load("en")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    opened: list[Bench] = []

    def one(**told: object) -> Bench:
        opened.append(Bench(tmp_path, **told))  # type: ignore[arg-type]
        return opened[-1]

    yield one
    for each in opened:
        each.store.close()


def ground_of(at: Bench) -> Ground:
    return read_ground(at.store, at.settings, at.board, NOW)


def made_of(at: Bench, draft: Draft | None = None) -> Made:
    ground = ground_of(at)
    return make(ground, ground.in_force if draft is None else draft.arrangement)


def marks(made: Made) -> dict[str, str]:
    """Openings are marked with a star."""
    return {row.notice_id + "*" * row.is_opening: str(row.mark) for row in made.rows}


def keep_todays(at: Bench) -> None:
    """This terminal has the board: its station kept the edition of the day."""
    ground = ground_of(at)
    plan = ground.plan(ground.in_force)
    day = NOW.astimezone(SHANGHAI).date()
    edition = ground.edition(plan, day)
    assert edition is not None
    made_at = NOW - timedelta(minutes=42)
    at.store.keep_edition("lobby", day, edition.id, made_at, edition.model_dump_json())


def everything(made: Made) -> str:
    """All that the screen could say of it, and all that the preview could draw."""
    said = []
    for spoken in (ZH, EN):
        for row in made.rows:
            said += [
                edition_model.content_text(row, spoken),
                edition_model.published_text(row),
                edition_model.duration_text(row, spoken),
                edition_model.state_text(row, spoken),
                edition_model.explanation(row, spoken),
            ]
        said += [edition_model.full_title(row, spoken) for row in made.rows]
        said += edition_model.caution_lines(made, spoken, titles(made.rows))
        said += [edition_model.outlook_text(made, spoken), edition_model.beware_text(made, spoken)]
        said += edition_model.parts_text(made.rows, spoken)
    days = made.timeline.days
    for day in days:
        made.timeline.make(day)
    editions = [made.edition, *made.timeline._made.values()]
    said += [page.heading + page.line for one in editions if one for page in one.pages]
    said += [notice.title for notice in (*made.ground.notices, *made.ground.projects)]
    said += [notice.title for notice in made.ground.gone.values()]
    return "\n".join(said)


def test_what_is_on_what_is_new_and_what_left_and_why(bench: Callable[..., Bench]) -> None:
    at = bench(items=5)
    at.receive(
        notice("old", 48),
        notice("ends", 72, valid_until=NOW + HOUR),
        notice("bad", 30),
        notice("chosen", 50),
        notice("opening", 100, opens_at=NOW + 2 * HOUR, room="3 楼 302"),
        notice("rare", 49, title="浉河区㙍镇道路招标公告"),
    )
    keep_todays(at)
    at.receive(notice("new", 0.3), notice("newest", 0.1))
    at.withdraw("bad")
    draft = Draft("lobby", ground_of(at).in_force)
    draft.leave_out("chosen")
    found = marks(made_of(at, draft))
    assert found == {
        "newest": "new",
        "new": "new",
        "old": "on",
        "opening": "on",
        "opening*": "opening_over",
        "ends": "expired",
        "bad": "withdrawn",
        "chosen": "by_staff",
        "rare": "no_characters",
    }
    rows = made_of(at, draft).rows
    assert [row.notice_id for row in rows][:2] == ["newest", "new"]
    assert next(row for row in rows if row.notice_id == "rare").lacking == "浉㙍"


def test_over_the_number_and_pinned_onto_it(bench: Callable[..., Bench]) -> None:
    at = bench(items=2)
    at.receive(*(notice(f"n{hours}", hours) for hours in (0.5, 20, 40)))
    ground = ground_of(at)
    draft = Draft("lobby", ground.in_force)
    assert marks(made_of(at)) == {"n0.5": "new", "n20": "on", "n40": "full"}
    draft.pin("n40")
    made = made_of(at, draft)
    assert [row.notice_id for row in made.rows] == ["n40", "n0.5", "n20"]
    assert [row.place for row in made.rows] == [1, None, None]
    assert marks(made)["n20"] == "full"


def test_what_is_not_released_is_nowhere(bench: Callable[..., Bench]) -> None:
    at = bench()
    public = notice("public", 30)
    withdrawn = notice("gone", 20, title=f"{SECRET}已撤回项目招标公告")
    vanished = notice("vanished", 21, title=f"{SECRET}已不在公开数据中")
    at.receive(public, withdrawn, vanished)
    keep_todays(at)
    assert SECRET in everything(made_of(at)), "it is seen as long as it is released"
    at.receive(
        # A server that sends too early, and a project before its opening has begun.
        notice("early", -0.5, title=f"{SECRET}早到项目招标公告"),
        notice("tomorrow", -20, title=f"{SECRET}明日项目招标公告", opens_at=NOW + 2 * DAY),
        notice("record", 1, kind=NoticeKind.OPENING_RECORD, title=f"{SECRET}开标记录"),
        notice("experts", 1, zones=("experts_corridor",), title="专家通道公告"),
    )
    at.withdraw("gone")
    at.delete("vanished")
    made = made_of(at)
    assert SECRET not in everything(made)
    assert marks(made) == {"public": "on", "gone": "withdrawn", "vanished": "not_released"}
    for seconds in range(0, 300, 2):
        moment = NOW + timedelta(seconds=seconds)
        counts = made.timeline.at(moment)
        page = counts.showing(moment).page
        assert (
            page is None
            or counts.edition is None
            or (counts.edition.pages[page].notice_id == "public")
        )
    gone = next(row for row in made.rows if row.mark is Mark.WITHDRAWN)
    assert (
        gone.title == ""
        and gone.published_at is not None
        and "gone" in edition_model.content_text(gone, ZH)
    )
    assert "不再显示" in edition_model.content_text(gone, ZH)


def test_a_terminal_without_the_board_tells_the_same_but_for_texts_that_are_gone(
    bench: Callable[..., Bench],
) -> None:
    at = bench()
    at.receive(notice("old", 48), notice("ends", 72, valid_until=NOW + HOUR), notice("new", 0.2))
    at.receive(notice("bad", 30, title=SECRET))
    at.withdraw("bad")
    made = made_of(at)
    assert not made.ground.is_kept
    assert marks(made) == {"new": "new", "old": "on", "ends": "expired", "bad": "withdrawn"}
    assert SECRET not in everything(made)


def test_a_withdrawn_notice_that_comes_back_corrected_is_on_again(
    bench: Callable[..., Bench],
) -> None:
    at = bench()
    at.receive(notice("n1", 30), notice("n2", 31))
    keep_todays(at)
    at.withdraw("n1")
    at.receive(notice("n1", 30, title="更正后的招标公告"))
    made = made_of(at)
    assert marks(made) == {"n1": "on", "n2": "on"}
    # Today's edition has the words of before: its page is not shown any more.
    now = made.timeline.at(NOW)
    seen = {now.showing(NOW + timedelta(seconds=3 * n)).page for n in range(40)}
    pages = now.edition.pages if now.edition else ()
    assert {pages[n].notice_id for n in seen if n is not None} == {"n2"}


def test_a_dwell_that_leaves_no_time_to_read_is_refused_and_says_so(
    bench: Callable[..., Bench],
) -> None:
    at = bench(card="frame")
    at.receive(notice("n1", 5))
    made = made_of(at)
    assert made.edition is not None
    draft = Draft("lobby", made.ground.in_force)
    needed = needed_s(made.edition, "n1", draft.arrangement)
    assert needed is not None and needed > 5
    with pytest.raises(NotAllowed) as refused:
        stand(draft, made.edition, "n1", needed - 1)
    assert refused.value.passed[0].limit is Limit.TOO_SHORT_FOR_ITS_WORDS
    assert not draft.changed
    with pytest.raises(NotAllowed):
        stand(draft, made.edition, "n1", 31)
    stand(draft, made.edition, "n1", 20)
    longer = made_of(at, draft)
    assert longer.rows[0].dwell_s == 20
    assert longer.edition is not None and {page.seconds for page in longer.edition.pages} == {20}


def test_steps_of_a_dwell_are_whole_seconds() -> None:
    assert edition_model.next_dwell_s(None, 6.25, 1) == 7
    assert edition_model.next_dwell_s(None, 6.25, -1) == 6
    assert edition_model.next_dwell_s(7.0, 6.25, 1) == 8
    assert edition_model.next_dwell_s(7.0, 6.25, -1) == 6
    assert edition_model.next_dwell_s(3.0, 6.25, 1) == 7


def test_choices_about_what_is_not_current_any_more_are_told(bench: Callable[..., Bench]) -> None:
    at = bench()
    at.receive(notice("n1", 5), notice("n2", 6, valid_until=NOW - HOUR), notice("n3", 7))
    at.withdraw("n3")
    draft = Draft("lobby", ground_of(at).in_force)
    for id in ("n1", "n2", "n3"):
        draft.pin(id)
    assert stale(ground_of(at), draft.arrangement) == {"n2", "n3"}


def test_loop_distance_and_cautions_in_words(bench: Callable[..., Bench]) -> None:
    at = bench()
    at.receive(*(notice(f"n{number}", number + 1) for number in range(60)))
    draft = Draft("lobby", ground_of(at).in_force)
    made = made_of(at)
    told = edition_model.outlook_text(made, ZH)
    assert told.startswith("一轮 ") and told.endswith("23 米内可看清")
    assert not edition_model.caution_lines(made, ZH, {}) and not edition_model.beware_text(made, ZH)
    draft.change(characters_per_second=6.0, items=60)
    made = made_of(at, draft)
    fast, long = edition_model.caution_lines(made, ZH, {})
    assert "超过 5 字/秒" in fast
    assert made.outlook is not None
    minutes, seconds = divmod(round(made.outlook.loop_s), 60)
    # As minutes, as everywhere else, and so is the limit.
    assert long.startswith(f"播一轮要 {minutes} 分 {seconds} 秒，超过访客停留的 5 分钟")
    assert edition_model.beware_text(made, ZH) == "请留意：滚动偏快、一轮偏长"


def test_an_edition_without_notices_has_neither_loop_nor_distance(
    bench: Callable[..., Bench],
) -> None:
    made = made_of(bench())
    assert made.edition is not None and not made.edition.pages
    assert edition_model.outlook_text(made, ZH) == ""
    assert edition_model.caution_lines(made, ZH, {}) == [ZH["edition.no_pages"]]


def test_the_whole_title_and_its_number_are_to_be_read(bench: Callable[..., Bench]) -> None:
    at = bench()
    long = "抚顺市望花区老旧小区配套基础设施改造工程（第二批）施工总承包及雨污分流管网改造招标公告"
    at.receive(
        notice("n1", 5, title=long, tender_no="FSGC-2026-001"), notice("n2", 6, tender_no="")
    )
    made = made_of(at)
    found = {row.notice_id: edition_model.full_title(row, ZH) for row in made.rows}
    assert found["n1"] == f"{long}　编号 FSGC-2026-001"
    assert found["n2"].endswith("编号 n2")


def test_parts_of_the_list_are_counted_as_they_are_shown(bench: Callable[..., Bench]) -> None:
    at = bench()
    at.receive(*(notice(f"n{number}", number + 1) for number in range(4)))
    draft = Draft("lobby", ground_of(at).in_force)
    draft.leave_out("n2")
    made = made_of(at, draft)
    assert edition_model.parts_text(made.rows, ZH)[0::2] == ["上屏 3", "未上屏 1"]
    off = [row.notice_id for row in made.rows if edition_model.matches(row, "off")]
    assert off == ["n2"] and all(edition_model.matches(row, "") for row in made.rows)


def test_who_proposed_what_waits_is_told_and_whether_the_centre_has_it(
    bench: Callable[..., Bench],
) -> None:
    at = bench()
    at.receive(notice("n1", 5))
    ground = ground_of(at)
    draft = Draft("lobby", ground.in_force)
    assert edition_model.pending_text(draft, ground, ZH, can_edit=True) == ""
    proposed = Proposed(
        id=new_id(NOW, bytes(RANDOM_BYTES), ()),
        board="lobby",
        by="li000001",
        by_name="李**",
        at=NOW,
        before=ground.in_force,
        arrangement=ground.in_force.changed(items=9),
    )
    waiting = replace(ground, standing=Standing(proposals=(Proposal(proposed, State.WAITING),)))
    assert waiting.pending is not None

    def said(*, delivered: bool, can_edit: bool = True) -> str:
        accepted = frozenset({proposed.id} if delivered else ())
        one = replace(waiting, accepted=accepted)
        return edition_model.pending_text(draft, one, ZH, can_edit=can_edit)

    draft.meet(ground.in_force, waiting.pending)
    moment = f"{NOW.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    assert said(delivered=True) == f"李** {moment} 的提请待批准。"
    draft.change(items=12)
    assert said(delivered=True).endswith("您再提交，会取代它。")
    assert "取代" not in said(delivered=True, can_edit=False)
    # The one who proposed it, before the centre has heard of it.
    draft.change(items=9)
    assert draft.is_pending and not draft.unsubmitted
    assert said(delivered=False).startswith(
        f"李** {moment} 的提请待批准（尚未送达中心）。请批准人员"
    )
    assert "送达" not in said(delivered=True)


def test_the_day_of_the_edition_is_the_first_that_a_change_can_reach(
    bench: Callable[..., Bench],
) -> None:
    at = bench()
    at.receive(notice("n1", 5))
    ground = ground_of(at)
    draft = Draft("lobby", ground.in_force)
    assert make(ground, draft.arrangement).day == (NOW + DAY).date()
    # 09:30 is still to come today, but today's edition is made: it counts from tomorrow on.
    draft.change(cut_over=ground.in_force.cut_over.replace(hour=9, minute=30))
    later = make(ground, draft.arrangement)
    assert later.day == (NOW + DAY).date()
    assert later.edition is not None and f"{later.edition.cut_over_at:%H:%M}" == "09:30"


def test_a_project_that_is_opened_tomorrow_comes_first_then(bench: Callable[..., Bench]) -> None:
    at = bench()
    at.receive(notice("n1", 5), notice("n2", 50, opens_at=NOW + DAY, room="401"))
    rows = made_of(at).rows
    assert [(row.notice_id, row.is_opening, row.pages[0]) for row in rows] == [
        ("n2", True, 0),
        ("n1", False, rows[1].pages[0]),
        ("n2", False, rows[2].pages[0]),
    ]
    assert edition_model.content_text(rows[0], ZH).endswith("今日开标")
