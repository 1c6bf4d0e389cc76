"""What comes in time and what does not: races at the deadline, other notices, forms, the clock."""

import threading
from datetime import datetime, timedelta

import pytest

from kiosk.central import submissions as submissions_module
from kiosk.central.handed_over import submissions_to
from kiosk.central.keyring import keyring_of
from kiosk.central.moments import ClockBehind, Moments, accept_clock, check_clock, last_moment
from kiosk.central.openings import start_opening
from kiosk.central.projects import project_of
from kiosk.central.site import take_back
from kiosk.central.submissions import Submissions, TooLate
from kiosk.central.uploads import Uploads
from kiosk.central.withdrawal import withdraw
from kiosk.sync import errors
from kiosk.sync.contract import Problem, ProblemType
from kiosk.sync.submission import SignedReceipt
from kiosk.sync.upload import SubmissionClient
from tests.central.test_submissions import DATA, put, submissions, take
from tests.sync.handing_in import (
    MemoryReader,
    content,
    deliver,
    form,
    handed,
    manifest,
    new_id,
    publish_form,
)

CLOSES = "2026-03-17T06:00:00Z"


@pytest.fixture
def server(centre):
    take(centre, "r1", closes_at=CLOSES, opens_at="2026-03-17T07:00:00Z")
    with centre.served() as address:
        yield address


@pytest.fixture
def client(server):
    made = SubmissionClient(server)
    yield made
    made.close()


def sent(centre, client, seed=1):
    """A submission whose files are at the server."""
    id, whole = new_id(seed, centre.clock()), manifest(handed(DATA))
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA))
    return id, whole.with_uploads({whole.files[0].sha256: upload})


def kind(answer):
    return Problem.model_validate_json(answer.content).type.rpartition(":")[2]


def test_what_is_being_taken_in_is_not_told_to_be_too_late(centre, server, client, monkeypatch):
    id, whole = sent(centre, client)
    reached, go_on, answers = threading.Event(), threading.Event(), []
    real = submissions_module.sign_receipt

    def slow(*arguments):
        reached.set()
        go_on.wait(10)
        return real(*arguments)

    monkeypatch.setattr(submissions_module, "sign_receipt", slow)
    centre.clock.pass_by(hours=2, seconds=-1)
    first = threading.Thread(target=lambda: answers.append(put(server, id, whole)))
    first.start()
    assert reached.wait(10)
    centre.clock.pass_by(seconds=2)
    # The line was cut meanwhile: the terminal asks again.
    beside = put(server, id, whole)
    with pytest.raises(errors.Offline):
        client.submit(id, whole)
    go_on.set()
    first.join()
    assert (beside.status_code, kind(beside)) == (423, "upload-busy")
    assert answers[0].status_code == 201
    assert client.submit(id, whole) == SignedReceipt.model_validate_json(answers[0].content)


def two_processes(centre):
    """Two servers of one database, which know nothing of each other's requests."""
    return submissions(centre), submissions(centre)


@pytest.mark.parametrize("moment", ["before the deadline is looked at", "files", "the row"])
def test_of_two_processes_both_give_the_receipt_of_the_first(centre, client, monkeypatch, moment):
    id, whole = sent(centre, client)
    one, other = two_processes(centre)
    now, answers = centre.clock(), []

    def meanwhile():
        if not answers:
            answers.append(None)
            answers[0] = one.hand_in(id, whole, now)

    # In each, the other process's own look for the submission came before.
    where = {
        "before the deadline is looked at": (submissions_module, "_check_project"),
        "files": (other, "_check_file"),
        "the row": (submissions_module, "sign_receipt"),
    }
    owner, name = where[moment]
    real = getattr(owner, name)

    def after_the_first(*arguments):
        meanwhile()
        return real(*arguments)

    monkeypatch.setattr(owner, name, after_the_first)
    is_late = moment == "before the deadline is looked at"
    now_of_other = now + timedelta(hours=3 if is_late else 0)
    found = other.hand_in(id, whole, now_of_other)
    signed, is_new = answers[0]
    assert is_new and found == (signed, False)
    assert len(submissions(centre).of_notice("r1")) == 1


def test_a_file_that_is_being_taken_is_not_taken_by_another_submission(centre, client):
    id, whole = sent(centre, client)
    uploads = Uploads(centre.database)
    held = Submissions(centre.database, uploads, keyring_of(centre.database))
    upload = whole.files[0].upload.rpartition("/")[2]
    with uploads.claim(upload), pytest.raises(submissions_module.BusyUpload):
        held.hand_in(id, whole, centre.clock())
    assert held.hand_in(id, whole, centre.clock())[1]


@pytest.mark.parametrize(
    ("named", "early", "late"),
    [
        ("r1", "taken", "too late"),
        # A clarification without times of its own has those of what it clarifies.
        ("clar", "taken", "too late"),
        ("award", "refused", "refused"),
        ("open", "refused", "refused"),
    ],
)
def test_no_other_notice_of_a_tender_leads_past_its_deadline(centre, client, named, early, late):
    take(centre, "clar", "amendment", "2026-03-17T02:00:00Z")
    take(centre, "award", "award", "2026-03-17T03:00:00Z", closes_at="2027-03-17T06:00:00Z")
    take(centre, "open", "tender", "2026-03-17T00:30:00Z", tender_no="GC-7")
    number = "GC-7" if named == "open" else "GC-1"

    def handing_in(seed):
        whole = manifest(handed(DATA), notice_id=named, tender_no=number)
        try:
            deliver(client, new_id(seed, centre.clock()), whole, [DATA])
        except errors.TooLate:
            return "too late"
        except errors.Rejected as problem:
            assert "takes no documents" in str(problem)
            return "refused"
        return "taken"

    assert handing_in(1) == early
    centre.clock.pass_by(hours=5)
    assert handing_in(2) == late


def test_a_cancelled_tender_takes_nothing(centre, server, client):
    id, whole = sent(centre, client)
    take(centre, "end", "cancellation", "2026-03-17T03:00:00Z")
    answer = put(server, id, whole)
    assert (answer.status_code, kind(answer)) == (422, ProblemType.NOT_INVITING.value)


def test_an_amendment_of_the_tender_reopens_no_prequalification(centre):
    take(centre, "p", "prequalification", "2026-03-01T01:00:00Z", closes_at="2026-03-05T01:00:00Z")
    take(centre, "t", "tender", "2026-03-10T01:00:00Z", closes_at="2026-03-16T06:00:00Z")
    take(centre, "a", "amendment", "2026-03-12T01:00:00Z", closes_at="2026-03-20T06:00:00Z")
    with centre.database.reading() as connection:
        found = [project_of(connection, id).invites.closes_at.day for id in ("p", "t", "a")]
    assert found == [5, 20, 20]


def test_a_withdrawn_notice_decides_nothing_any_more(centre):
    take(centre, "t", "tender", "2026-03-10T01:00:00Z", closes_at="2026-03-16T06:00:00Z")
    take(centre, "x", "cancellation", "2026-03-11T01:00:00Z")
    with centre.database.reading() as connection:
        assert project_of(connection, "t").invites.ended_at is not None
    withdraw(centre.database, "x", now=centre.clock())
    with centre.database.reading() as connection:
        assert project_of(connection, "t").invites.ended_at is None


@pytest.mark.parametrize(
    ("published", "outcome"),
    [
        (None, "unknown"),
        ({"version": 2}, "unknown"),
        ({}, "too late"),
        ({"after_deadline": False}, "too late"),
        ({"after_deadline": True}, "taken"),
    ],
)
def test_a_form_leads_past_the_deadline_only_where_the_centre_says_so(
    centre, server, client, published, outcome
):
    if published is not None:
        publish_form(centre.database, **published)
    centre.clock.pass_by(hours=5)
    whole = manifest(handed(DATA), form=form(), tender_no="GC-1")
    id = new_id(1, centre.clock())
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA))
    answer = put(server, id, whole.with_uploads({whole.files[0].sha256: upload}))
    told = "taken" if answer.ok else {403: "too late", 422: "unknown"}[answer.status_code]
    assert told == outcome
    if outcome == "unknown":
        assert kind(answer) == "unknown-form"


def test_a_form_that_was_taken_back_is_known_still(centre, client):
    publish_form(centre.database, "question", 1)
    publish_form(centre.database, "question", 2, after_deadline=True)
    with centre.database.writing() as connection:
        take_back(connection, "site-main", "form:question:1")
    centre.clock.pass_by(hours=5)
    client.submit(new_id(1, centre.clock()), manifest(form=form("question")))


def test_forms_are_handed_over_apart_from_bids(centre, client):
    publish_form(centre.database)
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    client.submit(new_id(2, centre.clock()), manifest(form=form(), title="质疑"))
    client.submit(new_id(3, centre.clock()), manifest(notice_id="", form=form(), title="登记"))
    held = submissions(centre)
    assert [each.manifest["title"] for each in held.forms()] == ["登记"], "r1 is still secret"
    centre.clock.pass_by(hours=3)
    start_opening(centre.database, "r1", centre.clock())
    assert {each.manifest["title"] for each in held.forms()} == {"登记", "质疑"}
    (bid,) = submissions_to(centre.database, held, "r1", centre.clock())
    assert not bid.is_form and len(bid.files) == 1


def test_a_clock_that_was_put_back_lets_nothing_in(centre, client):
    late = content(10, 3)
    centre.clock.pass_by(hours=5)
    with pytest.raises(errors.TooLate):
        deliver(client, new_id(2, centre.clock()), manifest(handed(late)), [late])
    centre.clock.pass_by(hours=-4)
    with pytest.raises(errors.Offline):
        deliver(client, new_id(2, centre.clock()), manifest(handed(late)), [late])
    # And not by a new process either, which has seen nothing itself.
    Moments(centre.database, lambda: centre.clock() + timedelta(hours=4)).keep()
    with centre.served() as address:
        other = SubmissionClient(address)
        with pytest.raises(errors.Offline):
            deliver(other, new_id(2, centre.clock()), manifest(handed(late)), [late])
        other.close()
    assert submissions(centre).of_notice("r1") == ()


def test_the_last_moment_is_kept_and_staff_can_say_that_it_was_wrong(centre):
    now = datetime.fromisoformat("2026-03-17T04:00:00Z")
    ahead = Moments(centre.database, lambda: now + timedelta(days=3650))
    ahead.keep()
    assert last_moment(centre.database) == now + timedelta(days=3650)
    with pytest.raises(ClockBehind):
        check_clock(centre.database, now)
    moments = Moments(centre.database, lambda: now)
    moments.keep()
    with pytest.raises(ClockBehind):
        moments.now()
    accept_clock(centre.database, now)
    check_clock(centre.database, now)
    moments = Moments(centre.database, lambda: now - timedelta(seconds=5))
    moments.keep()
    assert moments.now() == now - timedelta(seconds=5), "as network time may put it back"
    assert last_moment(centre.database) == now


def test_too_late_stays_too_late_without_another_process(centre, client):
    id, whole = sent(centre, client)
    with pytest.raises(TooLate):
        submissions(centre).hand_in(id, whole, datetime.fromisoformat(CLOSES))


def test_an_upload_made_anew_for_what_is_there_is_ended(centre, server, client):
    id, whole = sent(centre, client)
    first = put(server, id, whole)
    again = client.create_upload(whole.files[0], id)
    client.send_file(again, MemoryReader(DATA))
    answer = put(server, id, whole.with_uploads({whole.files[0].sha256: again}))
    assert (answer.status_code, answer.content) == (200, first.content)
    with pytest.raises(errors.UploadGone):
        client.offset(again, len(DATA))
    assert not list((centre.database.folder / "uploads").iterdir())


def test_a_receipt_is_given_only_for_what_a_power_failure_cannot_undo(centre, client, monkeypatch):
    id, whole = sent(centre, client)
    held, real, safe = submissions(centre), centre.database.writing, []

    def writing(**options):
        safe.append(options.get("safe", True))
        return real(**options)

    monkeypatch.setattr(centre.database, "writing", writing)
    held.hand_in(id, whole, centre.clock())
    assert safe == [True]
