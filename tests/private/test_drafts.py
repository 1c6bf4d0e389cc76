"""Drafts: read by their owner only, gone after a day."""

from datetime import timedelta

import pytest

from kiosk.private import drafts
from kiosk.private.errors import Damaged
from kiosk.private.identity import Identity, Owner, owner_of
from kiosk.private.store import PrivateStore
from tests.private.builders import KEY, NOW, a_manifest

ZHANG = Identity("张伟", "21040219900101123X")
LI = Identity("李娜", "210402199202022345")


def save(store, identity=ZHANG, form="bidder-registration", **values):
    store.save_draft(identity, form, 3, "unit", values or {"unit": "甲公司"}, NOW)


def test_a_draft_is_there_for_its_owner_and_nobody_else(store):
    save(store, unit="甲公司")
    save(store, unit="甲公司", bank="622200")
    save(store, form="question", text="问")
    save(store, LI, unit="乙公司")
    [question, registration] = store.drafts(ZHANG)
    assert (question.form, registration.form) == ("question", "bidder-registration")
    assert registration.values == {"unit": "甲公司", "bank": "622200"}
    assert (registration.version, registration.step, registration.saved_at) == (3, "unit", NOW)
    assert [each.values for each in store.drafts(LI)] == [{"unit": "乙公司"}]
    assert store.drafts(Identity("张伟", LI.number)) == ()
    assert store.drafts(Identity("李娜", ZHANG.number)) == ()
    for shown in (repr(registration), repr(ZHANG), repr(store._owner(ZHANG))):
        assert "甲" not in shown and "张" not in shown and "1990" not in shown


def test_the_same_card_spelt_otherwise_is_the_same_owner(store):
    save(store)
    assert store.draft(Identity(" 张伟", "21040219900101123x"), "bidder-registration")
    assert store.draft(Identity("张伟", "21040219900101123X"), "bidder-registration")


def test_without_the_identity_not_even_the_store_can_read_it(store):
    save(store, LI)
    save(store, unit="甲公司")
    rows = store._database.conn.execute("SELECT owner, slot, content FROM drafts").fetchall()
    assert len({mark for mark, _, _ in rows}) == 2
    secret = store._secret
    zhang, li = owner_of(ZHANG, secret), owner_of(LI, secret)
    everything = b"".join(b"".join(row) for row in rows)
    for word in ("甲公司", "乙公司", "bidder-registration", ZHANG.name, ZHANG.number):
        assert word.encode() not in everything
    for mark, slot, content in rows:
        place = f"draft {slot.hex()}"
        owner, stranger = (zhang, li) if mark == zhang.mark else (li, zhang)
        assert owner.open(content, place)
        # The store's secret, the row's own columns, another's key: none of them opens it.
        for key in (secret, KEY.value, mark, slot, stranger.key):
            with pytest.raises(Damaged):
                Owner(b"", key).open(content, place)
        with pytest.raises(Damaged):
            owner.open(content, "draft of another form")


def test_the_same_person_has_another_mark_in_another_store(store, tmp_path, machine):
    with PrivateStore(tmp_path / "other", KEY, clocks=machine) as other:
        assert other._owner(ZHANG).mark != store._owner(ZHANG).mark


def test_the_owner_is_forgotten_at_the_sessions_end(store):
    save(store)
    assert store._known is not None
    store.forget()
    assert store._known is None
    assert store.draft(ZHANG, "bidder-registration")


def test_gone_after_a_day_by_running_time(store, machine):
    save(store)
    machine.pass_by(timedelta(hours=23, minutes=59))
    assert store.drafts(ZHANG)
    store.outbox.tidy(None)
    assert store.drafts(ZHANG)
    machine.pass_by(timedelta(minutes=1))
    assert not store.drafts(ZHANG)
    store.outbox.tidy(None)
    assert not store._database.conn.execute("SELECT 1 FROM drafts").fetchall()


def test_gone_after_a_day_switched_off_once_the_time_is_proven(store, machine):
    store.outbox.tidy(machine.proven)
    save(store)
    machine.restart(off=timedelta(hours=30))
    store.begin_service(None)
    assert store.drafts(ZHANG)
    store.outbox.tidy(machine.proven)
    assert not store.drafts(ZHANG)


def test_a_clock_set_ahead_or_back_changes_nothing(store, machine):
    store.outbox.tidy(machine.proven)
    save(store)
    for wrong in (timedelta(days=900), timedelta(days=-1800)):
        machine.wall += wrong
        store.begin_service(None)
        assert store.drafts(ZHANG)
    machine.uptime_s += 86400
    store.outbox.tidy(None)
    assert not store.drafts(ZHANG)


def test_saving_again_begins_a_new_day(store, machine):
    save(store)
    machine.pass_by(timedelta(hours=20))
    save(store, more="x")
    machine.pass_by(timedelta(hours=20))
    store.outbox.tidy(None)
    assert store.draft(ZHANG, "bidder-registration").values == {"more": "x"}


def test_handing_in_drops_the_draft_of_that_form_only(store):
    who = Identity("王小明", "210402199001011234")
    save(store, who)
    save(store, who, form="question")
    save(store)
    store.hand_in(a_manifest(), [], NOW)
    assert [each.form for each in store.drafts(who)] == ["question"]
    assert store.drafts(ZHANG)


def test_a_handing_in_that_fails_keeps_the_draft(store, monkeypatch):
    who = Identity("王小明", "210402199001011234")
    save(store, who)

    def fails(*_):
        raise RuntimeError("at the last step")

    monkeypatch.setattr(drafts, "drop", fails)
    with pytest.raises(RuntimeError):
        store.hand_in(a_manifest(), [], NOW)
    assert store.drafts(who) and not store.outbox.waiting()


def test_a_damaged_draft_is_left_out_and_the_others_stay(store):
    save(store)
    save(store, form="question")
    row = store._database.conn
    row.execute("UPDATE drafts SET content = zeroblob(60) WHERE rowid = 1")
    assert [each.form for each in store.drafts(ZHANG)] == ["question"]
    store.drop_draft(ZHANG, "question")
    assert store.drafts(ZHANG) == ()
