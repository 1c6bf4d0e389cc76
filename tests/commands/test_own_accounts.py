"""A centre without a server: its only terminal makes its accounts, and they decide about its board.

From the command line to the plan of the board's own process.
"""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from display.arrangement import Arrangement
from display.edition import Edition
from display.evidence import TERMINAL_RECORD
from display.local_time import SHANGHAI
from display.standing import Outcome
from display.trusted_time import Reading
from kiosk.boards.arranging import arrangement_of
from kiosk.boards.plan import CurrentPlan
from kiosk.boards.programme import Programme
from kiosk.cli import main
from kiosk.settings import Settings, load
from kiosk.staff import acts
from kiosk.staff.accounts import UnknownCard
from kiosk.staff.proposing import Deciding, WithoutEffect
from kiosk.staff.sign_in.lockout import Watch
from kiosk.staff.sign_in.signing_in import NoAccounts, Refused, SignedIn, recognised, try_pin
from kiosk.store.terminal import TerminalStore
from kiosk.sync import staff as hashing
from kiosk.sync.contract import Change, Page, Revision, notice_document
from kiosk.sync.staff import StaffAccount
from tests.display.builders import notice

EDITOR, APPROVER = "110101199003077299", "110101199003077037"
PIN, OTHER_PIN = "271828", "161803"
NOW = datetime.now(UTC)
SETTINGS = """
[centre]
name = "东山公共资源交易中心"
region = "420500"
site = "main"
[terminal]
name = "DS-01"
data = "{data}"
[schedule]
days = "every"
[[boards]]
name = "lobby"
card = "bx-k"
port = "/dev/none"
width = 192
height = 32
"""
SYNC = '[sync]\nserver = "http://127.0.0.1:1"\n'

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "TIME_COST", 1)
    monkeypatch.setattr(hashing, "MEMORY_KIB", 1024)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mingtang.toml"
    path.write_text(SETTINGS.format(data=tmp_path / "terminal"), encoding="utf-8")
    return path


@pytest.fixture
def run(config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["staff", *words, "--config", str(config)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def add(run: Run, name: str, role: str, number: str, pin: str = PIN) -> str:
    """The key of the new account."""
    words = ("add", "--name", name, "--role", role, "--until", "2099-12-31")
    code, out, err = run(*words, typed=f"{number}\n{pin}\n")
    assert code == 0, err
    return out.split()[0]


@pytest.fixture
def store(config: Path, tmp_path: Path) -> Iterator[TerminalStore]:
    with TerminalStore(tmp_path / "terminal" / "terminal.db") as opened:
        yield opened


def watch(now: datetime = NOW) -> Watch:
    return Watch("run", 100.0, now)


def sign_in(store: TerminalStore, number: str, pin: str, now: datetime) -> SignedIn | Refused:
    found = recognised(store, number, now, watch(now))
    assert isinstance(found, StaffAccount)
    tried = try_pin(store, found, number, pin, now, watch(now))
    assert isinstance(tried, SignedIn | Refused)
    return tried


def deciding(store: TerminalStore, settings: Settings, number: str, now: datetime) -> Deciding:
    signed = sign_in(store, number, PIN, now)
    assert isinstance(signed, SignedIn)
    return Deciding.at_terminal(store, settings, signed.account, signed.key)


def preview(now: datetime) -> Edition:
    return Edition(
        board="lobby", day=now.date(), cut_over_at=now, cell=16, pixels_per_second=64.0, pages=()
    )


def test_from_the_command_line_to_the_board(
    run: Run, config: Path, store: TerminalStore, tmp_path: Path
) -> None:
    """No server anywhere: NTP proves the time, and the terminal examines what is decided."""
    with pytest.raises(NoAccounts):
        recognised(store, EDITOR, NOW, watch())
    editor = add(run, "李明", "editor", EDITOR)
    approver = add(run, "赵伟", "approver", APPROVER)
    listed = run("list")[1]
    assert editor in listed and approver in listed and "until 2099-12-31" in listed
    settings = load(config)
    now = datetime.now(UTC)

    start = arrangement_of(settings.schedule)
    faster = Arrangement.model_validate({**dict(start), "characters_per_second": 5.0})
    first = deciding(store, settings, EDITOR, now)
    made = first.propose("lobby", start, faster, now, preview(now))
    pending = first.standing("lobby", now).pending
    assert pending is not None
    with pytest.raises(WithoutEffect) as refused:
        first.approve(pending, now)
    assert refused.value.judged.outcome is not Outcome.COUNTED
    second = deciding(store, settings, APPROVER, now + timedelta(seconds=1))
    second.approve(pending, now + timedelta(seconds=1))
    assert store.owed().waiting == 0, "there is nobody to send it to"

    rev = f"1-{'a' * 32}"
    item = notice(1, published_at=now)
    document = {**notice_document(item), "_rev": rev}
    change = Change(seq="1-e", id=item.id, changes=(Revision(rev=rev),), doc=document)
    page = Page(results=(change,), last_seq="1-e", pending=0, epoch="e", server_time=now)
    store.apply_page("public-420500", page, now=now)

    clock = now
    current = CurrentPlan(
        lambda: (settings, settings.boards[0]), store, lambda: Reading(clock, by_ntp=True)
    )
    assert current().pace.characters_per_second == 4.0, "not before the next cut-over"
    clock = now + timedelta(days=2)
    plan = current()
    assert plan.pace.characters_per_second == 5.0
    programme = Programme(settings.boards[0], plan, store)
    day = clock.astimezone(SHANGHAI).date()
    edition = programme.composed(day, clock, clock)
    assert edition is not None and len(edition.pages) == 1
    arranged = edition.arranged
    assert arranged is not None and arranged.proposal == made.id
    assert (arranged.proposed_key, arranged.approved_key) == (editor, approver)
    assert (arranged.proposed_by, arranged.approved_by) == ("李**", "赵**")

    noted = [entry.facts["act"] for entry in store.entries(TERMINAL_RECORD)]
    assert noted == [acts.SIGNED_IN, acts.SIGNED_IN]
    assert store.contact() is None, "no server's clock was heard by any of this"
    secrets = (EDITOR, APPROVER, PIN)
    for file in (tmp_path / "terminal").rglob("*"):
        kept = file.read_bytes() if file.is_file() else b""
        assert not [each for each in secrets if each.encode() in kept], file


def test_a_change_counts_at_this_terminal_at_once(run: Run, store: TerminalStore) -> None:
    key = add(run, "李明", "editor", EDITOR)
    version = store.decisions_version()
    assert run("pin", key, typed=f"{EDITOR}\n{OTHER_PIN}\n")[0] == 0
    assert store.decisions_version() > version
    now = datetime.now(UTC)
    assert isinstance(sign_in(store, EDITOR, PIN, now), Refused)
    assert isinstance(sign_in(store, EDITOR, OTHER_PIN, now), SignedIn)
    assert run("roles", key, "--role", "supervisor")[0] == 0
    (account,) = store.site().staff
    assert account.roles == ("supervisor",)
    assert run("remove", key)[0] == 0
    with pytest.raises(UnknownCard):
        recognised(store, EDITOR, now, watch(now))
    assert "removed" in run("list")[1]
    code, _, err = run("remove", key)
    assert code == 1 and "`mingtang staff list` shows them" in err


def test_what_did_not_reach_the_terminal_comes_with_the_next_command(
    run: Run, store: TerminalStore, tmp_path: Path
) -> None:
    """Also when the terminal's database was made anew, or the folder is an older copy."""
    key = add(run, "李明", "editor", EDITOR)
    store.close()
    for path in (tmp_path / "terminal").glob("terminal.db*"):
        path.unlink()
    assert run("list")[0] == 0
    with TerminalStore(tmp_path / "terminal" / "terminal.db") as anew:
        assert [one.key for one in anew.site().staff] == [key]
        cursor = anew.cursor("site-main")
        assert cursor is not None
        number, _, epoch = cursor.partition("-")
        ahead = f"{int(number) + 5}-{epoch}"
        page = Page(results=(), last_seq=ahead, pending=0, epoch=epoch, server_time=NOW)
        anew.apply_page("site-main", page, now=NOW)
    assert run("list")[0] == 0
    with TerminalStore(tmp_path / "terminal" / "terminal.db") as again:
        assert again.cursor("site-main") == cursor
        assert [one.key for one in again.site().staff] == [key]


def test_where_there_is_a_server_accounts_are_made_there(run: Run, config: Path) -> None:
    config.write_text(config.read_text("utf-8") + SYNC, encoding="utf-8")
    code, _, err = run("add", "--name", "李明", "--role", "desk", "--until", "2099-12-31")
    assert code == 1 and "mingtang central staff" in err
    assert not (config.parent / "terminal" / "centre").exists()


def test_before_the_first_account_that_is_said(run: Run) -> None:
    code, _, err = run("list")
    assert code == 1 and "`mingtang staff add` makes one" in err


def test_a_server_that_comes_later_goes_on_with_keys_and_accounts(
    run: Run, config: Path, store: TerminalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add(run, "李明", "editor", EDITOR)
    before = store.site()
    central = f'[central]\ndata = "{tmp_path / "terminal" / "centre"}"\n'
    config.write_text(config.read_text("utf-8") + SYNC + central, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{APPROVER}\n{PIN}\n"))
    words = ["central", "staff", "add", "--name", "赵伟", "--role", "approver"]
    assert main([*words, "--until", "2099-12-31", "--config", str(config)]) == 0
    from kiosk.central.database import open_for
    from kiosk.central.feeds import changes_since

    database = open_for(load(config))
    cursor = store.cursor("site-main")
    assert cursor is not None
    page = changes_since(database, "site-main", cursor, limit=9, include_docs=True, now=NOW)
    database.close()
    store.apply_page("site-main", page, now=NOW)
    after = store.site()
    assert after.keys == before.keys and len(after.staff) == 2
    assert key in {one.key for one in after.staff}
