import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kiosk.central.feeds import UnknownChannel, changes_since, write_change
from kiosk.central.ingest import import_files
from kiosk.central.withdrawal import UnknownNotice, withdraw
from kiosk.sync.contract import CONTROL, Page

DATA = Path(__file__).parents[3] / "shared" / "data"


def _page(centre, channel: str | None = None, since: str = "0", limit: int = 1000) -> Page:
    return changes_since(
        centre.database,
        channel or centre.channel,
        since,
        limit=limit,
        include_docs=True,
        now=centre.clock(),
    )


def _ids(centre, channel: str | None = None) -> dict[str, bool]:
    """Id → whether it is a tombstone, in the order of the feed."""
    return {change.id: change.deleted for change in _page(centre, channel).results}


def test_real_data_goes_in_once(centre):
    files = [DATA / "notices.ndjson", DATA / "candidates.ndjson"]
    if not all(path.exists() for path in files):
        pytest.skip("the folder of real notices, ../shared/data, is not here")
    first = import_files(centre.database, files, channel=centre.channel, now=centre.clock())
    assert (first.added, first.refusals) == (1240, ())
    state = _page(centre)
    again = import_files(centre.database, files, channel=centre.channel, now=centre.clock())
    assert (again.added, again.updated, again.unchanged, again.refused) == (0, 0, 1240, 0)
    assert _page(centre) == state


def test_each_bad_record_is_named_and_the_rest_goes_in(centre):
    report = centre.take(
        centre.portal("good1"),
        '{"record_id": "broken", ',
        centre.portal("untitled", title=None),
        "",
        centre.portal("unknown", info_type="天书"),
        "[1, 2]",
        {"poem": "静夜思"},
        centre.portal("good2"),
    )
    assert (report.added, report.refused) == (2, 5)
    assert [refusal.line for refusal in report.refusals] == [2, 3, 5, 6, 7]
    reasons = [refusal.reason for refusal in report.refusals]
    assert reasons[0].startswith("is not JSON")
    assert reasons[1] == "title: is missing"
    assert reasons[2].startswith("info_type: ")
    assert all("in1.ndjson:" in str(refusal) for refusal in report.refusals)
    assert list(_ids(centre)) == ["good1", "good2"]


def test_bytes_that_are_not_text(centre, tmp_path):
    path = tmp_path / "bad.ndjson"
    good = json.dumps(centre.portal("good")).encode()
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n\xb6\xab\xc9\xbd\n")
    report = import_files(
        centre.database, [path, tmp_path / "none"], channel=centre.channel, now=centre.clock()
    )
    assert report.added == 1
    assert [refusal.line for refusal in report.refusals] == [2, 0]
    assert "UTF-8" in report.refusals[0].reason


def test_two_contents_under_one_id_in_one_import_are_refused(centre):
    records = [centre.portal("a"), centre.portal("a", title="另一个题目公告"), centre.portal("a")]
    first = centre.take(*records)
    assert (first.added, first.unchanged, first.refused) == (1, 1, 1)
    assert first.refusals[0].reason.startswith("record_id: ")
    assert "in1.ndjson:1" in first.refusals[0].reason
    again = centre.take(*records)
    assert (again.added, again.updated, again.unchanged, again.refused) == (0, 0, 2, 1)


def test_an_update_moves_to_the_end_with_a_higher_revision(centre):
    centre.take(centre.portal("a"), centre.portal("b"))
    before = _page(centre)
    report = centre.take(centre.portal("a", title="东山路道路改造工程招标公告（新）"))
    assert report.updated == 1
    after = _page(centre, since=before.last_seq)
    assert [(c.id, c.rev.split("-")[0]) for c in after.results] == [("a", "2")]
    assert list(_ids(centre)) == ["b", "a"]
    assert _page(centre).pending == 0
    assert _page(centre, limit=1).pending == 1


def test_another_channel_takes_a_notice_over(centre):
    centre.take(centre.portal("a"))
    path = centre.folder / "in1.ndjson"
    import_files(centre.database, [path], channel="site-main", now=centre.clock())
    assert _ids(centre) == {"a": True}
    assert _ids(centre, "site-main") == {"a": False}
    with pytest.raises(UnknownChannel):
        import_files(centre.database, [path], channel="public-110000", now=centre.clock())


def test_a_withdrawal_is_a_tombstone_and_a_control_entry(centre, files_bytes):
    centre.take(centre.portal("a", content_text="鱻麤"), centre.portal("b"))
    done = withdraw(centre.database, "a", now=centre.clock())
    assert done.was_public
    assert _ids(centre) == {"b": False, "a": True}
    (entry,) = _page(centre, CONTROL).results
    assert entry.doc is not None
    assert entry.doc["notice_id"] == "a"
    assert entry.doc["notice_rev"].startswith("1-")
    assert entry.doc["valid_until"] == "2026-04-16T01:00:00+00:00"
    centre.clock.pass_by(hours=1)
    assert withdraw(centre.database, "a", now=centre.clock()) == done
    assert len(_page(centre, CONTROL).results) == 1
    same = centre.take(centre.portal("a", content_text="鱻麤"))
    assert (same.unchanged, same.refused) == (1, 0)
    other = centre.take(centre.portal("a", title="更正后的公告"))
    assert other.refusals[0].reason == (
        "record_id: withdrawn on 2026-03-17 12:00; publish the correction under a new one"
    )
    with pytest.raises(UnknownNotice, match="no notice with this id"):
        withdraw(centre.database, "zzz", now=centre.clock())


def test_a_withheld_notice_that_is_withdrawn_never_appears(centre):
    centre.take(centre.portal("a", publish_date="2026-03-18 09:00"))
    assert not withdraw(centre.database, "a", now=centre.clock()).was_public
    centre.clock.pass_by(days=2)
    assert centre.take(centre.portal("b")).added == 1
    assert _ids(centre) == {"b": False}
    assert _ids(centre, CONTROL) == {}


def _release(release_id: str, tag: str, date: str, **tender: object) -> dict[str, object]:
    return {"ocid": "ocds-1", "id": release_id, "tag": [tag], "date": date, "tender": tender}


TENDER = _release(
    "1",
    "tender",
    "2026-03-16T09:00:00+08:00",
    title="某设备采购",
    id="CG-1",
    tenderPeriod={"endDate": "2026-04-09T09:00:00+08:00"},
    documents=[{"url": "https://example.org/1.html", "documentType": "tenderNotice"}],
)


def test_releases_become_notices(centre):
    package = {
        "uri": "https://example.org/package",
        "releases": [
            {
                **TENDER,
                "buyer": {"name": "某局"},
                "parties": [{"name": "某代理", "roles": ["procuringEntity"]}],
            },
            _release("2", "tenderAmendment", "2026-03-16T10:00:00+08:00", title="某设备采购"),
            _release("3", "award", "2026-03-16T11:00:00+08:00", title="某设备采购"),
            _release("4", "contract", "2026-03-16T12:00:00+08:00", title="某设备采购"),
            _release("5", "planning", "2026-03-16T12:00:00+08:00", title="某设备采购"),
            _release("6", "tender", "2026-03-16T12:00:00+08:00"),
        ],
    }
    path = centre.folder / "package.json"
    path.write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")
    report = import_files(centre.database, [path], channel=centre.channel, now=centre.clock())
    assert (report.added, report.refused) == (4, 2)
    assert [refusal.item for refusal in report.refusals] == ["releases[4]", "releases[5]"]
    docs = [change.doc for change in _page(centre).results]
    assert [doc["kind"] for doc in docs if doc] == ["tender", "amendment", "award", "contract"]
    first = docs[0]
    assert first is not None
    assert (first["buyer"], first["agent"], first["tender_no"]) == ("某局", "某代理", "CG-1")
    assert first["closes_at"] == first["valid_until"] == "2026-04-09T01:00:00Z"
    assert first["official_url"] == "https://example.org/1.html"
    again = import_files(centre.database, [path], channel=centre.channel, now=centre.clock())
    assert (again.unchanged, again.refused) == (4, 2)


def test_a_cancellation_withdraws_the_earlier_notices_of_its_process(centre):
    end = _release("9", "tenderCancellation", "2026-03-17T10:00:00+08:00", title="某设备采购终止")
    centre.take(TENDER)
    assert centre.take(end).added == 1
    assert _ids(centre) == {"ocds-1-1": True, "ocds-1-9": False}
    assert list(_ids(centre, CONTROL)) == ["withdrawal:ocds-1-1"]
    again = centre.take(TENDER, end)
    assert (again.unchanged, again.added, again.refused) == (2, 0, 0)
    late = centre.take(_release("2", "tenderAmendment", "2026-03-16T10:00:00Z", title="某设备"))
    assert late.added == 1
    assert "ocds-1-2" not in _ids(centre)
    anew = centre.take(_release("3", "tender", "2026-03-17T11:00:00+08:00", title="再次采购"))
    assert anew.added == 1
    assert _ids(centre)["ocds-1-3"] is False


def test_a_cancellation_waits_for_its_moment(centre):
    centre.take(TENDER, _release("9", "tenderCancellation", "2026-03-17T13:00:00+08:00"))
    assert _ids(centre) == {"ocds-1-1": False}
    centre.clock.pass_by(hours=1)
    assert centre.take(centre.portal("b")).added == 1
    assert _ids(centre)["ocds-1-1"] is True


def test_imports_and_withdrawals_at_the_same_time(centre):
    failures: list[Exception] = []
    centre.take(*(centre.portal(f"w{i}") for i in range(40)))
    paths = []
    for part in range(2):
        paths.append(centre.folder / f"part{part}.ndjson")
        lines = (json.dumps(centre.portal(f"p{part}-{i}")) for i in range(400))
        paths[-1].write_text("\n".join(lines))

    def attempt(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as problem:  # noqa: BLE001 - handed to the test
            failures.append(problem)

    def take(path: Path) -> object:
        return import_files(centre.database, [path], channel=centre.channel, now=centre.clock())

    def withdraw_all() -> None:
        for i in range(40):
            withdraw(centre.database, f"w{i}", now=centre.clock())

    works = [*(partial(take, path) for path in paths), withdraw_all]
    threads = [threading.Thread(target=attempt, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ids = _ids(centre)
    assert (len(ids), sum(ids.values())) == (840, 40)


def test_numbers_are_dense_under_concurrent_writers(centre):
    failures: list[Exception] = []

    def write(writer: int) -> None:
        try:
            for i in range(25):
                with centre.database.writing() as connection:
                    write_change(connection, centre.channel, f"d{writer}-{i}", "1-a", {"_id": "d"})
        except Exception as problem:  # noqa: BLE001 - handed to the test
            failures.append(problem)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    seqs = [int(change.seq.split("-")[0]) for change in _page(centre).results]
    assert seqs == list(range(1, 101))


def test_what_html_lost_is_counted_for_each_record(centre):
    html = "<p onclick=x>甲</p><script>x</script><script>y</script>"
    report = centre.take(
        centre.portal("plain"),
        centre.portal("html", content_html=html),
        centre.portal("refused", title=None, content_html=html),
    )
    (reduction,) = report.reductions
    assert (reduction.line, reduction.dropped) == (2, {"event handler": 1, "script": 2})
    assert str(reduction).endswith(":2: script 2, event handler 1")
    assert report.dropped == {"event handler": 1, "script": 2}


def test_a_secret_between_tags_is_a_secret(centre):
    html = "<p>本项<b>目为</b><span>涉\u200b密</span>项目</p>"
    report = centre.take(centre.portal("secret", content_html=html))
    assert (report.added, report.refused) == (0, 1)
    assert "says that it is secret" in report.refusals[0].reason
