"""What staff get outside the screens tells no secret: commands, health, the record, exports.

The screens themselves are walked through in `tests/screens/in_window/staff_leaks.py`.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from display.evidence import TERMINAL_RECORD, Kind
from kiosk import words
from kiosk.cli import main
from kiosk.fonts import FontMissing, ui_face
from kiosk.private.opening import open_private
from kiosk.private.transfer import State, Trouble
from kiosk.settings import Settings
from kiosk.staff import acts
from kiosk.staff.evidence.exporting import take_out
from kiosk.staff.evidence.journal import rows
from kiosk.staff.health.findings import findings, remarks
from kiosk.store.health import Health
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document
from kiosk.sync.sending import COMPONENT, facts
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole
from kiosk.sync.submission import Submitter, Way
from tests.display.builders import MORNING, notice
from tests.evidence.day import BOARD, fill
from tests.private.builders import Machine, a_manifest, stage
from tests.staff.test_rights_table import account

NAME, NUMBER, FILE, TITLE = "欧阳龃", "210402199001019876", "龉.pdf", "鼍登记"
TO_COME = "鼋路工程施工招标公告"
STAFF = "王小翥"
SECRETS = (NAME, "龃", NUMBER, NUMBER[-4:], "龉", "鼍", "鼋", "翥")
NOW = MORNING + timedelta(hours=3)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a terminal with a parked submission, and a notice that is to come."""
    data = tmp_path / "terminal"
    data.mkdir()
    path = tmp_path / "mingtang.toml"
    path.write_text(
        f'[centre]\nname = "中心"\nregion = "210400"\nsite = "fushun"\n'
        f'[terminal]\nname = "FS-02"\ndata = "{data}"\n'
        f'[private]\nkey = "{tmp_path}/key"\n'
        f'[[boards]]\nname = "{BOARD}"\ncard = "bx-k"\nport = "/dev/none"\n'
        "width = 192\nheight = 32\n",
        encoding="utf-8",
    )
    who = Submitter(name=NAME, number=NUMBER, unit=f"{NAME}公司", way=Way.CARD)
    with open_private(data, tmp_path / "key", clocks=Machine()) as store:
        for park in (True, False):
            file = stage(store, b"content", FILE)
            manifest = a_manifest(file, submitter=who, title=TITLE)
            id = store.hand_in(manifest, [file], NOW)
            store.forget()
            if park:
                store.outbox.park(id, Trouble.REJECTED, "the form is not known", manifest)
        told = facts(store.outbox.health())
    with TerminalStore(data / DATABASE_NAME) as public:
        public.tell_health(COMPONENT, NOW, told)
        fill(public, [notice(1), notice(2)], rounds=1)
        coming = notice(3, title=TO_COME, published_at=NOW + timedelta(days=1))
        rev = f"1-{'a' * 32}"
        change = Change(
            seq="1-e1",
            id=coming.id,
            changes=(Revision(rev=rev),),
            doc={**notice_document(coming), "_rev": rev},
        )
        page = Page(results=(change,), last_seq="1-e1", pending=0, epoch="e1", server_time=NOW)
        public.apply_page("public-210400", page, now=NOW)
    return path


def secrets_in(text: str) -> list[str]:
    return [each for each in SECRETS if each in text]


@pytest.mark.parametrize("command", [("health",), ("sync", "outbox")], ids=" ".join)
def test_a_command_tells_that_something_is_parked_and_nothing_of_it(
    config: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--config", str(config)]) == 1
    told = capsys.readouterr()
    assert "parked" in told.out and not secrets_in(told.out + told.err)


def test_health_tells_states_and_no_number_of_what_was_handed_in(config: Path) -> None:
    data = config.parent / "terminal"
    with TerminalStore(data / DATABASE_NAME) as public:
        part = next(each for each in public.health() if each.component == COMPONENT)
    assert part.facts["outbox_submission"] == "parked"
    assert not secrets_in(json.dumps(dict(part.facts), ensure_ascii=False))
    assert not [value for value in part.facts.values() if type(value) in (int, float)]
    for language in ("zh", "en"):
        said = [
            each.said(words.load(language))
            for each in (*findings(Health(COMPONENT, NOW, part.facts), NOW), *remarks(part))
        ]
        assert said and not secrets_in("".join(said))


def test_a_days_export_holds_what_was_on_the_board_and_no_secret(config: Path) -> None:
    data = config.parent / "terminal"
    try:
        ui_face("Regular", data / "cache" / "fonts")
    except FontMissing as problem:
        pytest.skip(str(problem))
    settings = Settings.model_validate(
        {
            "centre": {"name": "中心", "region": "210400", "site": "fushun"},
            "terminal": {"name": "FS-02", "data": str(data)},
        }
    )
    with TerminalStore(data / DATABASE_NAME) as store:
        midnight = MORNING.replace(hour=0) - timedelta(hours=8)
        until, who = (
            NOW + timedelta(hours=9),
            account("ning0001", "王宁", "110101199003077299", *StaffRole),
        )
        taken = take_out(store, settings, BOARD, midnight, until, NOW, account=who, proven=True)
    assert taken.outcome == "exported"
    kept = {path.name: path.read_bytes() for path in taken.folder.rglob("*") if path.is_file()}
    text = "".join(kept).encode() + b"".join(kept.values())
    assert "第1号道路".encode() in text, "what was on the board is there"
    assert not [each for each in SECRETS if each.encode() in text and each != NUMBER[-4:]]


def test_the_terminals_own_record_names_staff_as_shown_and_subjects_by_their_marks(
    config: Path,
) -> None:
    account = StaffAccount(
        key="k3f9a2b1",
        name=STAFF,
        roles=(StaffRole.TECHNICIAN,),
        valid_from=NOW,
        expires_at=NOW + timedelta(days=1),
        card="1" * 64,
        signs=StaffKey(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1, public="0" * 64),
        changed_at=NOW,
    )
    with TerminalStore(config.parent / "terminal" / DATABASE_NAME) as store:
        for act in acts.ACTS:
            noted = acts.act_facts(account, act, "submission d8f75a", "done", proven=True)
            store.record(TERMINAL_RECORD, NOW, Kind.TECHNICIAN, noted)
        entries = store.entries(TERMINAL_RECORD)
    assert len(entries) == len(acts.ACTS)
    for language in ("zh", "en"):
        listed = rows(entries, words.load(language), everything=False)
        assert {row.by for row in listed} == {"王**"}
        assert not secrets_in(repr(listed)) and len({row.event for row in listed}) == len(entries)
    assert not secrets_in(repr([dict(each.facts) for each in entries]))


def test_what_was_exported_is_opened_by_the_command_that_its_manifest_names(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = config.parent / "terminal", tmp_path / "one"
    with open_private(data, tmp_path / "key", clocks=Machine()) as store:
        (parked,) = (e.id for e in store.outbox.waiting() if e.state is State.PARKED)
        assert store.outbox.take_out(parked, out, terminal="FS-02", now=NOW) == 0
    command = ["sync", "outbox", "--config", str(config)]
    opened = tmp_path / "opened"
    assert main([*command, "--open", str(out), "--to", str(opened)]) == 0
    told = capsys.readouterr().out
    assert "2 files" in told and "They are personal" in told and not secrets_in(told)
    assert NAME in (opened / "content.json").read_text(encoding="utf-8")
    # Never into a folder that is there, and never with another key.
    assert main([*command, "--open", str(out), "--to", str(opened)]) == 1
    (tmp_path / "key").write_text("ab" * 32)
    assert main([*command, "--open", str(out), "--to", str(tmp_path / "two")]) == 1
    assert "another key" in capsys.readouterr().err and not (tmp_path / "two").exists()
    with pytest.raises(SystemExit):
        main([*command, "--open", str(out)])
