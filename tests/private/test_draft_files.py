"""Files of drafts: they outlive the visit for their owner only, and not their draft."""

from datetime import timedelta
from pathlib import Path

from kiosk.private.files import StagedFile
from kiosk.private.identity import Identity
from kiosk.private.store import PrivateStore
from tests.private.builders import NOW, Machine, a_manifest, stage

WHO = Identity("王小明", "210402199001011234")
OTHER = Identity("李娜", "210402199202022345")
FORM = "bidder-registration"


def save(store: PrivateStore, *staged: StagedFile) -> None:
    store.save_draft(WHO, FORM, 3, "1", {"unit": "甲公司"}, NOW, staged=staged)


def on_disk(folder: Path) -> set[str]:
    return {each.name for each in (folder / "staged").iterdir()}


def test_they_are_taken_up_by_their_owner_after_the_visit(store: PrivateStore) -> None:
    kept, loose = stage(store, b"licence" * 99), stage(store, b"loose")
    save(store, kept)
    store.forget()
    assert store.staged() == ()
    assert store.take_up_draft(OTHER, FORM) == ()
    assert store.draft(WHO, FORM).files == (kept,)
    assert store.take_up_draft(WHO, FORM) == (kept,)
    assert store.staged() == (kept,)
    with store.open_staged(kept) as reader:
        assert reader.read() == b"licence" * 99
    # Taken up and not saved anew, they are kept all the same.
    store.forget()
    store.begin_service(None)
    assert store.take_up_draft(WHO, FORM) == (kept,)
    assert loose.id not in store._folder.present()


def test_without_the_owner_nothing_opens_or_names_them(store: PrivateStore) -> None:
    kept = stage(store, b"licence", name="营业执照.pdf")
    save(store, kept)
    store.forget()
    (row,) = store._database.conn.execute("SELECT * FROM files").fetchall()
    assert not {"营业执照.pdf", kept.sha256, kept.media_type} & set(map(str, row))
    assert b"" in row and not any(isinstance(each, bytes) and len(each) == 16 for each in row)
    (draft,) = store._database.conn.execute("SELECT content FROM drafts").fetchone()
    assert "营业执照".encode() not in draft


def test_after_a_crash_they_are_locked_before_the_next_visit(
    store: PrivateStore, folder: Path
) -> None:
    kept, loose = stage(store, b"licence"), stage(store, b"loose")
    save(store, kept)
    store.begin_service(None)
    assert on_disk(folder) == {kept.id} and store.staged() == ()
    assert loose.id not in on_disk(folder)
    assert store.take_up_draft(WHO, FORM) == (kept,)


def test_they_go_with_their_draft(store: PrivateStore, folder: Path, machine: Machine) -> None:
    save(store, stage(store, b"one"))
    store.drop_draft(WHO, FORM)
    assert on_disk(folder) == set()
    save(store, stage(store, b"two"))
    store.forget()
    machine.pass_by(timedelta(hours=23))
    store.outbox.tidy(machine.proven)
    assert len(on_disk(folder)) == 1
    machine.pass_by(timedelta(hours=2))
    store.outbox.tidy(machine.proven)
    assert on_disk(folder) == set() and store.take_up_draft(WHO, FORM) == ()


def test_what_a_draft_holds_no_more_goes_with_the_visit(store: PrivateStore, folder: Path) -> None:
    first, second = stage(store, b"first"), stage(store, b"second")
    save(store, first, second)
    save(store, second)
    assert on_disk(folder) == {first.id, second.id}
    store.forget()
    assert on_disk(folder) == {second.id}
    assert store.take_up_draft(WHO, FORM) == (second,)


def test_handing_in_takes_what_it_needs_and_removes_the_rest(
    store: PrivateStore, folder: Path
) -> None:
    used, left_out = stage(store, b"used"), stage(store, b"left out")
    save(store, used, left_out)
    store.forget()
    store.take_up_draft(WHO, FORM)
    store.hand_in(a_manifest(used), [used], NOW)
    assert on_disk(folder) == {used.id} and store.drafts(WHO) == ()
    store.forget()
    store.outbox.tidy(None)
    assert on_disk(folder) == {used.id}, "it is still owed to the server"


def test_a_file_that_is_gone_is_told_from_those_that_are_there(
    store: PrivateStore, folder: Path
) -> None:
    there, gone = stage(store, b"there"), stage(store, b"gone")
    save(store, there, gone)
    store.forget()
    (folder / "staged" / gone.id).unlink()
    assert store.take_up_draft(WHO, FORM) == (there,)
    assert store.draft(WHO, FORM).files == (there, gone) and store.staged() == (there,)
