"""`mingtang board at|edition|recompose` and `mingtang health` tell what is, and touch nothing."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from PIL import Image

from display.arrangement import Choices
from display.edition import Edition
from display.evidence import Kind, moment_text, page_facts
from display.local_time import SHANGHAI
from display.notice import Notice
from display.schedule import State, on_air
from display.screen import Screen
from display.trusted_time import Reading
from kiosk.cli import main
from kiosk.commands import running
from kiosk.settings import Settings
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document, withdrawal_id
from tests.display.builders import notice
from tests.display.deciding import START, Maker

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(SHANGHAI).date()
YESTERDAY = NOW - timedelta(days=1)


def change(item: Notice, seq: int) -> Change:
    rev = f"1-{'a' * 32}"
    document = {**notice_document(item), "_rev": rev}
    return Change(seq=f"{seq}-e", id=item.id, changes=(Revision(rev=rev),), doc=document)


@pytest.fixture
def store(tmp_path: Path) -> TerminalStore:
    store = TerminalStore(tmp_path / "terminal.db")
    items = [notice(number, published_at=YESTERDAY) for number in (1, 2)]
    items.append(notice(3, published_at=YESTERDAY, title="龘苑工程招标公告"))
    page = Page(
        results=tuple(change(item, seq) for seq, item in enumerate(items, 1)),
        last_seq="9-e",
        pending=0,
        epoch="e",
        server_time=NOW,
    )
    store.apply_page("public-210400", page, now=NOW)
    store.heard_server(Reading(NOW), NOW)
    return store


@pytest.fixture
def config(tmp_path: Path, store: TerminalStore) -> Path:
    path = tmp_path / "mingtang.toml"
    path.write_text(
        f"""
[centre]
name = "抚顺市公共资源交易中心"
region = "210400"
site = "fushun"
[terminal]
name = "FS-02"
data = "{tmp_path}"
[schedule]
cut_over = "00:00"
days = "every"
characters_per_second = 5.5
screen_hours = "06:00-22:00"
[[boards]]
name = "lobby"
card = "bx-k"
port = "{tmp_path}/none"
width = 192
height = 32
pitch_mm = 4.75
""",
        encoding="utf-8",
    )
    return path


def run(config: Path, *command: str) -> int:
    return main([*command, "--config", str(config)])


def at(hours: int, minutes: int = 0, seconds: int = 0) -> str:
    return f"{TODAY + timedelta(days=1)} {hours:02}:{minutes:02}:{seconds:02}"


def test_the_edition_is_told_with_its_timing_warnings_and_what_is_left_out(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "board", "edition", str(TODAY + timedelta(days=1))) == 0
    told = capsys.readouterr().out
    assert "not made yet" in told
    assert "n1: 招标公告" in told
    assert "第2号道路维修工程" in told
    assert "left out: n3: the board has no characters 龘" in told
    assert "readable from 23 m" in told
    assert "scrolls at 5.5 characters/s" in told
    assert "speeds are assumed" in told


def test_a_notice_left_out_whose_opening_is_shown_is_told_as_such(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    opens_at = datetime.combine(tomorrow, time(14), SHANGHAI)
    opening = notice(1, published_at=YESTERDAY - timedelta(days=1), opens_at=opens_at)
    later = change(opening, 10).model_copy(update={"changes": (Revision(rev=f"2-{'b' * 32}"),)})
    page = Page(results=(later,), last_seq="10-e", pending=0, epoch="e", server_time=NOW)
    store.apply_page("public-210400", page, now=NOW)
    config.write_text(
        config.read_text("utf-8").replace("[schedule]", "[schedule]\nitems = 1"), "utf-8"
    )
    assert run(config, "board", "edition", str(tomorrow)) == 0
    told = capsys.readouterr().out
    assert "left out: n1: its notice's page (page 1 shows its opening): edition is full" in told


def test_what_shows_at_a_moment_is_printed_and_drawn(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "at.png"
    assert run(config, "board", "at", at(12), "--png", str(picture)) == 0
    told = capsys.readouterr().out
    assert "page " in told
    assert "notice: n" in told
    assert "source: https://example.cn/" in told
    with Image.open(picture) as drawn:
        assert drawn.size == (192, 32)
        assert len(drawn.convert("RGB").getcolors() or []) == 2


def test_outside_the_screen_hours_it_is_dark_and_before_the_cut_over_neutral(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(config, "board", "at", at(23))
    assert "dark: outside the screen hours" in capsys.readouterr().out
    config.write_text(config.read_text(encoding="utf-8").replace('"00:00"', '"09:00"'))
    run(config, "board", "at", at(8, 59, 59))
    told = capsys.readouterr().out
    assert "neutral page" in told
    assert "⣿" in told or "⠀" in told, "drawn as braille"


def test_a_kept_edition_is_told_as_it_was_made(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.display.builders import edition

    made = edition(5.0).model_copy(
        update={"day": TODAY, "cut_over_at": datetime.combine(TODAY, datetime.min.time(), SHANGHAI)}
    )
    store.keep_edition("lobby", TODAY, made.id, NOW, made.model_dump_json())
    run(config, "board", "edition")
    told = capsys.readouterr().out
    assert f"edition {made.id}" in told
    assert "kept" in told
    assert run(config, "board", "recompose") == 0
    assert store.recompose_asked("lobby") is not None
    assert store.last_entry("lobby", Kind.RECOMPOSE) is not None


def test_there_is_nothing_to_recompose_before_the_first_edition(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "board", "recompose") == 1
    assert "nothing to replace" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("at", "tomorrow"),
        ("at", "2026-13-01"),
        ("at", "12:00"),
        ("at", "0001-01-01"),
        ("at", "9999-12-31"),
        ("edition", "9999-12-31"),
    ],
)
def test_a_moment_that_is_none_is_wrong_use(config: Path, command: str, wrong: str) -> None:
    with pytest.raises(SystemExit) as end:
        run(config, "board", command, wrong)
    assert end.value.code == 2


PAST = YESTERDAY.astimezone(SHANGHAI).date()
NOON = datetime.combine(PAST, time(12), SHANGHAI).astimezone(UTC)


def keep_past(store: TerminalStore, **changes: object) -> Edition:
    """Yesterday's edition, of two pages."""
    from tests.display.builders import edition

    begins = datetime.combine(PAST, time(0), SHANGHAI)
    made = edition(5.0, 5.0).model_copy(update={"day": PAST, "cut_over_at": begins, **changes})
    store.keep_edition("lobby", PAST, made.id, begins, made.model_dump_json())
    return made


def test_of_the_past_the_record_is_told_and_counts(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    made = keep_past(store)
    at_noon = (config, "board", "at", f"{PAST} 12:00:02")
    run(*at_noon)
    told = capsys.readouterr().out
    assert "the board was told: nothing is recorded up to then" in told
    shown = told.split("page ")[1]
    page = int(shown.split(" ")[0]) - 1
    facts = page_facts(made.id, page, made.pages[page].notice_id, since(made, page), "sent")
    for second, state in ((0, "sent"), (1, "acknowledged")):
        at = NOON + timedelta(seconds=second)
        store.record("lobby", at, Kind.ON_AIR, facts | {"state": state})
    run(*at_noon)
    told = capsys.readouterr().out
    assert f"the board was told: page {page + 1} of edition {made.id}, notice n" in told
    assert f"at {PAST} 12:00:01: acknowledged (entry 3)" in told
    assert "these differ" not in told
    assert "no picture" not in told
    for later in ("12:00:07", "12:30", "12:30:01", "12:30:02", "12:30:03"):
        run(config, "board", "at", f"{PAST} {later}")
        assert "these differ" in capsys.readouterr().out, "the program stopped after noon"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("06:00-22:00", "18:00-22:00"), encoding="utf-8")
    run(*at_noon)
    told = capsys.readouterr().out
    assert "dark: outside the screen hours" in told
    assert f"the board was told: page {page + 1}" in told
    assert "these differ" in told


def test_in_the_blank_between_two_pages_the_page_before_it_was_told(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    made = keep_past(store)
    moment, seconds = NOON, 0
    while on_air(made, Screen(), moment, {}).state is not State.BLANK:
        seconds += 1
        moment = NOON + timedelta(seconds=seconds)
    before = on_air(made, Screen(), moment - timedelta(seconds=1), {})
    assert before.page is not None
    for page, differs in ((1 - before.page, True), (before.page, False)):
        notice_id = made.pages[page].notice_id
        facts = page_facts(made.id, page, notice_id, before.since, "acknowledged")
        store.record("lobby", moment - timedelta(seconds=1), Kind.ON_AIR, facts)
        run(config, "board", "at", f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
        told = capsys.readouterr().out
        assert "the blank between two pages" in told
        assert ("these differ" in told) is differs


def since(made: Edition, page: int) -> datetime:
    """When this page came on air last before two seconds after noon."""
    showing = on_air(made, Screen(), NOON + timedelta(seconds=2), {})
    assert showing.page == page
    return showing.since


@pytest.mark.parametrize(
    ("state", "shown", "agrees"),
    [("dark", "23:00", True), ("neutral", "23:00", False), ("dark", "12:00:02", False)],
)
def test_dark_and_neutral_have_a_proof_too(
    config: Path,
    store: TerminalStore,
    capsys: pytest.CaptureFixture[str],
    state: str,
    shown: str,
    agrees: bool,
) -> None:
    keep_past(store)
    facts = {"showing": state, "state": "acknowledged", "due": moment_text(NOON)}
    store.record("lobby", NOON, Kind.ON_AIR, facts)
    store.record("lobby", NOON + timedelta(seconds=1), Kind.LINK, {"state": "lost"})
    run(config, "board", "at", f"{PAST} {shown}")
    told = capsys.readouterr().out
    assert f"the board was told: {state}, at {PAST} 12:00:00: acknowledged (entry 2)" in told
    assert f"the line: lost at {PAST} 12:00:01" in told
    assert ("these differ" in told) is not agrees


def test_of_the_future_there_is_no_record(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(config, "board", "at", at(12))
    told = capsys.readouterr().out
    assert "the board was told" not in told
    assert "proof" not in told


def test_an_edition_of_a_higher_board_is_told_and_not_drawn(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    made = keep_past(store, cell=32)
    facts = page_facts(made.id, 0, "n0", NOON, "acknowledged")
    store.record("lobby", NOON, Kind.ON_AIR, facts)
    assert run(config, "board", "at", f"{PAST} 12:00:02") == 1
    done = capsys.readouterr()
    assert "notice: n" in done.out
    assert "made for a board of another size" in done.err


def test_an_edition_that_cannot_be_read_is_told(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    text = keep_past(store).model_dump_json().replace('"cell"', '"zell"')
    store.keep_edition("lobby", PAST, "0" * 16, NOON, text, again=True)
    for words in (("at", f"{PAST} 12:00"), ("edition", str(PAST))):
        assert run(config, "board", *words) == 1
        assert "cannot be read by this program" in capsys.readouterr().err


def test_a_kept_edition_is_judged_by_its_own_speed(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_past(store, pixels_per_second=64.0)
    run(config, "board", "edition", str(PAST))
    assert "characters/s" not in capsys.readouterr().out, "the settings say 5.5"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("= 5.5", "= 4.0"), encoding="utf-8")
    fast = keep_past_again(store, pixels_per_second=96.0)
    run(config, "board", "edition", str(PAST))
    told = capsys.readouterr().out
    assert f"edition {fast.id}" in told
    assert "scrolls at 6 characters/s" in told


def keep_past_again(store: TerminalStore, **changes: object) -> Edition:
    kept = store.edition("lobby", PAST)
    assert kept is not None
    made = Edition.kept(kept).model_copy(update=changes)
    made.__dict__.pop("id", None)
    store.keep_edition("lobby", PAST, made.id, NOON, made.model_dump_json(), again=True)
    return made


def test_the_settings_are_read_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path | None] = []
    load = running.load

    def counted(path: Path) -> Settings:
        read.append(path)
        return load(path)

    monkeypatch.setattr(running, "load", counted)
    run(config, "board", "edition")
    assert read == [config]


def test_health_names_what_is_wrong_and_what_to_do(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "health") == 1
    assert "start `mingtang display --board lobby`" in capsys.readouterr().out
    well = {"link": "connected", "clock_proven": True, "calibrated": True, "refused": []}
    store.tell_health("board lobby", datetime.now(UTC), well)
    assert run(config, "health") == 0
    assert "board lobby: well" in capsys.readouterr().out
    ill = {
        "link": "lost",
        "problem": "no reply",
        "clock_proven": False,
        "calibrated": False,
        "refused": ["neutral", "power"],
        "withdrawals_not_acknowledged": ["n7"],
        "warnings": ["unknown_year 2031"],
    }
    store.tell_health("board lobby", datetime.now(UTC) - timedelta(minutes=5), ill)
    assert run(config, "health") == 1
    told = capsys.readouterr().out
    for part in (
        "silent",
        "no reply",
        "not proven",
        "assumed",
        "neutral page",
        "switched",
        "n7",
        "2031",
    ):
        assert part in told


def test_health_judges_the_boards_of_the_settings_by_the_clock_of_the_pc(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = NOW - timedelta(days=40)
    store.tell_health("board porch", long_ago, {"link": "lost", "problem": "no reply"})
    store.tell_health("board lobby", datetime.now(UTC), {"left_out": {"edition is full": 12}})
    assert run(config, "health") == 0
    told = capsys.readouterr().out
    assert "board porch: not in the settings any more" in told
    assert "silent" not in told
    assert "board lobby: well" in told
    assert "12 older notices are not on the board: the edition is full" in told
    left_out = {"edition is full": 2, "the board has no characters 龘": 1}
    store.tell_health("board lobby", datetime.now(UTC), {"pages_refused": 3, "left_out": left_out})
    assert run(config, "health") == 1
    told = capsys.readouterr().out
    assert "refused 3 pages" in told
    assert "1 notices are not on the board: the board has no characters 龘" in told
    store.tell_health("board lobby", datetime.now(UTC) + timedelta(hours=1), {})
    assert run(config, "health") == 1
    assert "later than this PC's clock" in capsys.readouterr().out


def test_a_technicians_text_and_a_page_that_ran_out_are_told(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    made = keep_past(store)
    facts = page_facts(made.id, 0, "n0", NOON, "acknowledged")
    store.record("lobby", NOON, Kind.ON_AIR, facts)
    run(config, "board", "at", f"{PAST} 12:00:10")
    told = capsys.readouterr().out
    assert "ran out" not in told
    assert "no picture" not in told
    run(config, "board", "at", f"{PAST} 12:10:00")
    told = capsys.readouterr().out
    assert f"that page ran out by {PAST} 12:00:15" in told
    assert "no picture" in told
    shown = {"action": "show", "text": "停电通知", "state": "acknowledged"}
    store.record("lobby", NOON + timedelta(seconds=5), Kind.TECHNICIAN, shown)
    run(config, "board", "at", f"{PAST} 12:00:10")
    told = capsys.readouterr().out
    assert "then a technician: show “停电通知”" in told
    assert "no picture" in told


def test_withdrawn_and_later_notices_are_told_with_the_edition(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.display.builders import edition

    begins = datetime.combine(TODAY, time(0), SHANGHAI)
    made = edition(5.0, 5.0).model_copy(update={"day": TODAY, "cut_over_at": begins})
    store.keep_edition("lobby", TODAY, made.id, begins, made.model_dump_json())
    rev = f"1-{'b' * 32}"
    document = {
        "_id": withdrawal_id("n1"),
        "_rev": rev,
        "type": "withdrawal",
        "notice_id": "n1",
        "notice_rev": f"1-{'a' * 32}",
        "withdrawn_at": NOW.isoformat(),
    }
    gone = Change(seq="20-e", id=withdrawal_id("n1"), changes=(Revision(rev=rev),), doc=document)
    page = Page(results=(gone,), last_seq="20-e", pending=0, epoch="e", server_time=NOW)
    store.apply_page("control", page, now=NOW)
    run(config, "board", "edition")
    told = capsys.readouterr().out
    assert "第1页  [withdrawn at" in told
    assert "第0页\n" in told


def test_what_staff_decided_is_told_for_the_moment_in_question(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    maker, now = Maker(), datetime.now(UTC)
    before = START.changed(cut_over=time(0))
    slower = before.changed(characters_per_second=2.0, choices=Choices(pinned=("n1",)))
    maker.approve(maker.propose(at=now, after=slower, before=before), at=now)
    word = maker.neutral(at=now)
    for one in maker.made:
        store.keep_decision("site-fushun", one, None)
    for day in (TODAY, TODAY + timedelta(days=2)):
        assert main(["board", "edition", f"{day}", "--config", str(config)]) == 0
    today, later = capsys.readouterr().out.split(f"of {TODAY + timedelta(days=2)}")
    assert "arrangement" not in today
    assert f"arrangement {slower.digest[:16]}: by a**, approved by b**" in later
    at = (now + timedelta(minutes=1)).astimezone(SHANGHAI)
    asked = ["board", "at", f"{at:%Y-%m-%d %H:%M:%S}", "--config", str(config)]
    assert main(asked) == 0
    assert "staff asked for the neutral page" in capsys.readouterr().out
    store.keep_decision("site-fushun", maker.end(word, at=now), None)
    assert main(asked) == 0
    assert "staff asked for the neutral page" not in capsys.readouterr().out
