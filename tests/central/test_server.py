import threading
import time

import pytest
import requests

from kiosk.central import server
from kiosk.central.database import BusyDatabase, UnusableDatabase
from kiosk.central.withdrawal import withdraw
from kiosk.sync.contract import FeedInfo, Page, Problem, ProblemType

PATH = "/v1/feeds/public-420500"


def _changes(address: str, **parameters: str) -> requests.Response:
    return requests.get(f"{address}{PATH}/_changes", params=parameters, timeout=10)


def test_a_feed_is_read_page_by_page(centre):
    centre.take(*(centre.portal(f"r{i}") for i in range(7)))
    with centre.served() as address:
        info = FeedInfo.model_validate_json(requests.get(address + PATH, timeout=10).content)
        since, seen = "0", []
        while True:
            answer = _changes(address, since=since, limit="3", include_docs="true")
            page = Page.model_validate_json(answer.content)
            seen += [change.id for change in page.results]
            assert all(change.doc["_rev"] == change.rev for change in page.results)
            since = page.last_seq
            if page.pending == 0:
                break
        assert seen == [f"r{i}" for i in range(7)]
        assert since == info.update_seq
        assert page.epoch == info.epoch == centre.database.epoch
        assert page.server_time == centre.clock()
        assert answer.headers["Date"] == "Tue, 17 Mar 2026 04:00:00 GMT"
        bare = Page.model_validate_json(_changes(address).content)
        assert [change.doc for change in bare.results] == [None] * 7
        health = requests.get(address + "/v1/health", timeout=10).json()
        assert (health["status"], health["channels"]["public-420500"]) == ("ok", 7)


def test_an_unchanged_page_is_not_sent_again(centre):
    centre.take(centre.portal("a"))
    with centre.served() as address:
        first = _changes(address, include_docs="true")
        tag = {"If-None-Match": first.headers["ETag"]}
        url = first.request.url
        assert url is not None
        again = requests.get(url, headers=tag, timeout=10)
        assert (again.status_code, again.content) == (304, b"")
        centre.take(centre.portal("b"))
        assert requests.get(url, headers=tag, timeout=10).status_code == 200


def test_answers_are_compressed(centre):
    centre.take(*(centre.portal(f"r{i}") for i in range(20)))
    with centre.served() as address:
        assert _changes(address, include_docs="true").headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/feeds/public-999999/_changes", 404, ProblemType.UNKNOWN_CHANNEL),
        ("/v1/feeds/public-999999", 404, ProblemType.UNKNOWN_CHANNEL),
        (f"{PATH}/_changes?since=1-otherepoch", 410, ProblemType.CURSOR_EXPIRED),
        (f"{PATH}/_changes?since=2-EPOCH", 410, ProblemType.CURSOR_EXPIRED),
        (f"{PATH}/_changes?since=%E4%B8%80", 400, ProblemType.INVALID_PARAMETER),
        (f"{PATH}/_changes?limit=1001", 400, ProblemType.INVALID_PARAMETER),
        (f"{PATH}/_changes?feed=continuous", 400, ProblemType.INVALID_PARAMETER),
        ("/v1/nothing", 404, ProblemType.NOT_FOUND),
    ],
)
def test_problems(centre, path, status, kind):
    centre.take(centre.portal("a"))
    with centre.served() as address:
        url = address + path.replace("EPOCH", centre.database.epoch)
        answer = requests.get(url, timeout=10)
    problem = Problem.model_validate_json(answer.content)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem.status, problem.type) == (status, status, kind.uri)
    assert problem.server_time == centre.clock()
    assert problem.title
    assert problem.trace_id
    assert not problem.retryable
    assert problem.instance == path.split("?")[0]


def test_own_channels_answer_before_their_first_notice(centre):
    with centre.served() as address:
        for channel in ("control", "site-main"):
            answer = requests.get(f"{address}/v1/feeds/{channel}/_changes", timeout=10)
            page = Page.model_validate_json(answer.content)
            assert (page.results, page.last_seq.split("-")[0]) == ((), "0")


def test_a_long_poll_ends_with_news_and_with_its_time(centre):
    with centre.served() as address:
        started = time.monotonic()
        empty = Page.model_validate_json(_changes(address, feed="longpoll", timeout="300").content)
        assert empty.results == ()
        assert time.monotonic() - started >= 0.3
        got: list[Page] = []

        def wait() -> None:
            answer = _changes(address, feed="longpoll", timeout="9000", since=empty.last_seq)
            got.append(Page.model_validate_json(answer.content))

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        time.sleep(0.3)
        centre.take(centre.portal("a"))
        waiting.join(5)
        assert [change.id for page in got for change in page.results] == ["a"]


def test_a_long_poll_ends_when_a_withheld_notice_is_due(centre):
    centre.take(centre.portal("a", publish_date="2026-03-17 12:00:01"))
    with centre.served() as address:
        timer = threading.Timer(0.4, centre.clock.pass_by, kwargs={"seconds": 1})
        timer.start()
        started = time.monotonic()
        answer = _changes(address, feed="longpoll", timeout="9000")
        assert time.monotonic() - started < 5
        assert [change.id for change in Page.model_validate_json(answer.content).results] == ["a"]
        timer.join()


def test_stopping_lets_long_polls_go(centre):
    done = threading.Event()
    with centre.served() as address:

        def wait() -> None:
            _changes(address, feed="longpoll", timeout="60000")
            done.set()

        threading.Thread(target=wait, daemon=True).start()
        time.sleep(0.4)
        started = time.monotonic()
    assert time.monotonic() - started < 1.5
    assert done.wait(2)


def test_nothing_of_a_notice_leaves_the_server_before_its_moment(centre):
    title = "鱻麤龘靐工程招标公告"
    centre.take(
        centre.portal("early", title=title, publish_date="2026-03-17 12:00:01"), centre.portal("b")
    )
    with centre.served() as address:

        def answers() -> str:
            paths = [PATH, f"{PATH}/_changes?include_docs=true", "/v1/health"]
            paths += ["/v1/feeds/control/_changes?include_docs=true"]
            return "".join(requests.get(address + path, timeout=10).text for path in paths)

        before = answers()
        assert not any(title[i : i + 2] in before for i in range(4))
        assert "early" not in before
        assert '"pending":1' not in before
        centre.clock.pass_by(seconds=1)
        assert title in answers()
        withdraw(centre.database, "early", now=centre.clock())
        assert title not in answers()


@pytest.mark.parametrize(
    ("failure", "status", "kind"),
    [
        (UnusableDatabase("central.db: its disk is full"), 503, ProblemType.UNAVAILABLE),
        (BusyDatabase("central.db: another process is writing"), 503, ProblemType.UNAVAILABLE),
        (RuntimeError("a defect"), 500, ProblemType.INTERNAL),
    ],
)
def test_failures_are_problems_that_may_pass(centre, monkeypatch, failure, status, kind):
    def fail(_database: object) -> None:
        raise failure

    monkeypatch.setattr(server, "last_numbers", fail)
    with centre.served() as address:
        answer = requests.get(f"{address}/v1/health", timeout=10)
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.type, problem.retryable) == (status, kind.uri, True)
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Date"] == "Tue, 17 Mar 2026 04:00:00 GMT"
