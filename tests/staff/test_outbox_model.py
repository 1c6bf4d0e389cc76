"""What the outbox screen lists, what can be done with it, and what it must not tell."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk import words
from kiosk.matters.model import entries
from kiosk.private.identity import Identity
from kiosk.private.key import StoreKey
from kiosk.private.store import PrivateStore
from kiosk.private.taking_out import MANIFEST, NotOpened, NotTakenOut, open_export
from kiosk.private.transfer import Kind, State, Trouble, Waiting
from kiosk.staff.outbox.model import Act, acts_of, advice, facts, owed, title
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.decision import DECISION_EVENT
from kiosk.sync.events import Event, KeptEvents
from kiosk.sync.rating import RATING
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole
from tests.private.builders import KEY, Machine, a_manifest, stage

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ZH = words.load("zh")
WHO = Identity("王小明", "210402199001011234")
SECRETS = ("王小明", "210402199001011234", "标书-保密.pdf", "某公司", "投标人登记")


def waiting(id: str, state: State = State.WAITING, **more: object) -> Waiting:
    given: dict[str, object] = {
        "kind": Kind.SUBMISSION,
        "attempts": 0,
        "next_s": 0.0,
        "problem": Trouble.NONE,
        "detail": "",
        "paused": False,
        "since": NOW - timedelta(minutes=10),
        "waited_s": 600.0,
    }
    return Waiting(id=id, state=state, **{**given, **more})  # type: ignore[arg-type]


def account(*roles: StaffRole) -> StaffAccount:
    return StaffAccount(
        key="k3f9a2b1",
        name="王芳",
        roles=roles,
        valid_from=NOW,
        expires_at=NOW + timedelta(days=1),
        card="1" * 64,
        signs=StaffKey(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1, public="0" * 64),
        changed_at=NOW,
    )


def test_what_is_on_its_way_is_one_line_whatever_its_number() -> None:
    one = owed([waiting("a" * 36)], (), stopped=False, away=False)
    many = owed([waiting(f"{number:036}") for number in range(7)], (), stopped=False, away=False)
    assert one.lines == many.lines and len(one.lines) == 1
    (line,) = one.lines
    said = [title(line, ZH), *facts(line, ZH, NOW)]
    assert said == ["来访人提交的材料", "08:50:00 起等待", "已试 0 次", "即将发送"]


def test_the_line_tells_the_oldest_the_worst_and_the_next() -> None:
    found = owed(
        [
            waiting("a" * 36, since=NOW - timedelta(hours=20), waited_s=72000.0, next_s=120.0),
            waiting("b" * 36, attempts=4, problem=Trouble.OFFLINE, next_s=30.0),
            waiting("c" * 36, paused=True, attempts=9),
            waiting("d" * 36, kind=Kind.MATTERS),
        ],
        (),
        stopped=True,
        away=True,
    )
    (line,) = found.lines
    assert found.stopped and found.away
    assert facts(line, ZH, NOW) == [
        "11-23 13:00 起等待",
        "已试 4 次",
        "下次 09:00:30",
        "中心服务器联系不上，或暂时不能接收",
    ]
    sending = owed([waiting("a", State.SENDING), waiting("b")], (), stopped=False, away=False)
    assert (sending.lines[0].state, sending.lines[0].next_s) == ("sending", None)
    assert not sending.lines[0].acts
    paused = owed([waiting("a", paused=True)], (), stopped=False, away=False)
    assert (paused.lines[0].state, paused.lines[0].next_s) == ("paused", None)
    assert not paused.lines[0].acts, "who pauses goes on: the end of the visit does, or the visitor"


def test_parked_ones_come_first_one_by_one_with_their_reason_and_the_rest_by_type() -> None:
    found = owed(
        [
            waiting("x" * 30 + "111111"),
            waiting("x" * 30 + "222222", State.PARKED, problem=Trouble.REJECTED, attempts=1),
            waiting("x" * 30 + "333333", State.PARKED, kind=Kind.EVENT, problem=Trouble.REJECTED),
        ],
        [KeptEvents(DECISION_EVENT, True), KeptEvents(RATING, False), KeptEvents("other", False)],
        stopped=False,
        away=False,
    )
    assert [(line.kind, line.state, line.mark) for line in found.lines] == [
        ("submission", "parked", "222222"),
        ("event", "parked", "333333"),
        ("decision", "parked", ""),
        ("submission", "waiting", ""),
        ("rating", "waiting", ""),
        ("record", "waiting", ""),
    ]
    assert title(found.lines[0], ZH) == "来访人提交的材料 …222222"
    assert facts(found.lines[0], ZH, NOW)[-1] == "中心服务器不接收"
    assert facts(found.lines[4], ZH, NOW) == ["为保护隐私，不记录时间"]


def test_every_problem_state_and_kind_has_its_words_in_both_languages() -> None:
    english = words.load("en")
    for trouble in Trouble:
        for state in (State.WAITING, State.SENDING, State.PARKED):
            for kind in (Kind.SUBMISSION, Kind.EVENT):
                item = waiting("a" * 36, state, kind=kind, problem=trouble, since=None)
                (line,) = owed([item], (), stopped=False, away=False).lines
                for said in (ZH, english):
                    assert all(facts(line, said, NOW)) and said[f"owed.state_{line.state}"]
                    assert title(line, said)
                    assert bool(advice(line, said)) is bool(line.problem)


def test_while_nothing_is_sent_no_time_is_told_for_the_next_try() -> None:
    (line,) = owed([waiting("a" * 36)], (), stopped=True, away=False).lines
    assert any("下次" in told or "即将" in told for told in facts(line, ZH, NOW))
    assert not any("下次" in told or "即将" in told for told in facts(line, ZH, NOW, stopped=True))


@pytest.mark.parametrize(
    ("role", "parked", "under_way"),
    [
        (StaffRole.TECHNICIAN, {Act.RETRY, Act.RETURN, Act.EXPORT}, {Act.RETRY}),
        (StaffRole.DESK, {Act.RETRY, Act.RETURN}, {Act.RETRY}),
        (StaffRole.SUPERVISOR, set(), set()),
        (StaffRole.EDITOR, set(), set()),
        (StaffRole.APPROVER, set(), set()),
    ],
)
def test_who_may_do_what_with_a_line(
    role: StaffRole, parked: set[Act], under_way: set[Act]
) -> None:
    items = [waiting("a" * 36, State.PARKED, problem=Trouble.DAMAGED), waiting("b" * 36)]
    first, second = owed(items, (), stopped=False, away=False).lines
    assert acts_of(first, account(role)) == parked
    assert acts_of(second, account(role)) == under_way


def test_what_cannot_help_is_not_offered() -> None:
    late, event = (
        waiting("a" * 36, State.PARKED, problem=Trouble.TOO_LATE),
        waiting("b" * 36, State.PARKED, kind=Kind.EVENT, problem=Trouble.REJECTED),
    )
    lines = owed([late, event], [KeptEvents(RATING, False)], stopped=False, away=False).lines
    assert lines[0].acts == {Act.RETURN, Act.EXPORT}
    assert lines[1].acts == {Act.RETRY, Act.EXPORT}, "there is no visitor's matter to return"
    assert not lines[2].acts


# With a real encrypted store


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def store(tmp_path: Path, machine: Machine):
    with PrivateStore(tmp_path / "t", KEY, clocks=machine, margin_bytes=0) as opened:
        yield opened


def park(store: PrivateStore, *contents: bytes, trouble: Trouble = Trouble.REJECTED) -> str:
    files = [stage(store, content, "标书-保密.pdf") for content in contents]
    manifest = a_manifest(*files)
    id = store.hand_in(manifest, files, NOW)
    store.forget()
    store.outbox.park(id, trouble, f"refused: {' '.join(SECRETS)}", manifest)
    return id


def test_what_is_parked_tells_nothing_of_whose_it_is(store: PrivateStore) -> None:
    park(store, b"content")
    found = owed(store.outbox.waiting(), (), stopped=False, away=False)
    told = [text for line in found.lines for text in (title(line, ZH), *facts(line, ZH, NOW))]
    assert told and not any(secret in " ".join(told) for secret in SECRETS)
    assert not any(secret in repr(found) for secret in SECRETS)


def test_a_parked_one_that_is_given_back_is_found_by_its_owner_alone_with_the_reason(
    store: PrivateStore, tmp_path: Path
) -> None:
    id = park(store, b"content", trouble=Trouble.DAMAGED)
    assert store.outbox.give_back(id)
    assert not store.outbox.waiting() and not list((tmp_path / "t" / "staged").iterdir())
    (kept,) = store.keepsakes(WHO)
    assert (kept.submission, kept.state, kept.problem) == (id, State.RETURNED, Trouble.DAMAGED)
    assert not store.keepsakes(Identity("李四", "210402199001015678"))
    (heading, entry) = entries([kept], (), {}, {}, None, ZH, NOW)
    assert heading.title == "未送达" and entry.tone == "bad"
    assert entry.note == "已退回，未送达：本机保存的文件已损坏，请重新提交"
    # A second time, and one that only waits, are not given back.
    assert not store.outbox.give_back(id)
    other = store.hand_in(a_manifest(), [], NOW)
    assert not store.outbox.give_back(other)
    assert [each.id for each in store.outbox.waiting()] == [other]


def test_an_export_holds_the_whole_sealed_and_only_the_terminals_key_opens_it(
    store: PrivateStore, tmp_path: Path
) -> None:
    contents = (b"first " * 200_000, b"second")
    id = park(store, *contents)
    out = tmp_path / "exports" / "one"
    assert store.outbox.take_out(id, out, terminal="FS-02", now=NOW) == 0
    outside = b"".join(path.read_bytes() for path in out.iterdir())
    names = " ".join(path.name for path in out.iterdir())
    for secret in (*SECRETS, "first first", "second"):
        assert secret.encode() not in outside and secret not in names
    assert [each.state for each in store.outbox.waiting()] == [State.PARKED], "it stays"
    opened = tmp_path / "opened"
    assert open_export(out, opened, KEY) == ["content.json", "1.pdf", "2.pdf"]
    assert tuple((opened / name).read_bytes() for name in ("1.pdf", "2.pdf")) == contents
    told = json.loads((opened / "content.json").read_text(encoding="utf-8"))
    assert told["content"]["submitter"]["name"] == WHO.name
    assert [each["name"] for each in told["files"]] == ["标书-保密.pdf"] * 2
    with pytest.raises(NotOpened, match="another key"):
        open_export(out, tmp_path / "never", StoreKey(bytes(32)))
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("name", ["content.sealed", "file-1.sealed", MANIFEST])
def test_an_export_that_was_changed_or_lacks_something_is_not_opened(
    store: PrivateStore, tmp_path: Path, name: str
) -> None:
    id = park(store, b"content")
    out = tmp_path / "one"
    store.outbox.take_out(id, out, terminal="FS-02", now=NOW)
    path = out / name
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(NotOpened):
        open_export(out, tmp_path / "never", KEY)
    path.unlink()
    with pytest.raises(NotOpened):
        open_export(out, tmp_path / "never", KEY)


def test_a_folder_that_cannot_be_written_leaves_nothing_and_a_missing_file_is_told(
    store: PrivateStore, tmp_path: Path
) -> None:
    id = park(store, b"content", b"more")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotTakenOut):
        store.outbox.take_out(id, tmp_path / "file" / "one", terminal="FS-02", now=NOW)
    next((tmp_path / "t" / "staged").iterdir()).unlink()
    out = tmp_path / "one"
    assert store.outbox.take_out(id, out, terminal="FS-02", now=NOW) == 1
    assert len(open_export(out, tmp_path / "opened", KEY)) == 2
    assert store.outbox.take_out("unknown", tmp_path / "two", terminal="FS-02", now=NOW) is None
    assert not (tmp_path / "two").exists() and not list(tmp_path.glob("*.part"))


def test_all_that_waits_is_sent_now_and_what_is_parked_stays(
    store: PrivateStore, machine: Machine
) -> None:
    parked = park(store)
    ids = [store.hand_in(a_manifest(), [], NOW + timedelta(seconds=n)) for n in range(3)]
    for id in ids[:2]:
        store.outbox.begin(id)
        store.outbox.failed(id, Trouble.OFFLINE, "away", 900.0)
    assert store.outbox.retry_waiting(Kind.SUBMISSION)
    found = {each.id: each for each in store.outbox.waiting()}
    assert all(found[id].next_s == 0 for id in ids) and found[parked].state is State.PARKED
    assert not store.outbox.retry_waiting(Kind.EVENT)
    machine.pass_by(timedelta(hours=3))
    assert found[parked].waited_s < 10 < max(e.waited_s for e in store.outbox.waiting())


def test_parked_events_are_sent_again_by_type(tmp_path: Path) -> None:
    def event(number: int, type: str) -> Event:
        return Event(id=str(number), source="/terminals/FS-02", type=type, data={})

    with TerminalStore(tmp_path / DATABASE_NAME) as store:
        store.keep_events([event(1, RATING), event(2, RATING), event(3, DECISION_EVENT)])
        store.settle_events([], {"1": "no", "3": "no"})
        assert store.events_kept() == (
            KeptEvents(DECISION_EVENT, True),
            KeptEvents(RATING, True),
            KeptEvents(RATING, False),
        )
        assert store.retry_events(RATING) and not store.retry_events(RATING)
        assert KeptEvents(DECISION_EVENT, True) in store.events_kept()
        assert KeptEvents(RATING, True) not in store.events_kept()
