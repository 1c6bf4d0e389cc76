"""Whatever a file holds, the importer refuses or stores it, and the good records go in."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.central.database import open_database
from kiosk.central.ingest import Report, import_files

CHANNEL = "public-420500"
NOW = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)
GOOD = {
    "record_id": "good",
    "title": "东山路道路改造工程招标公告",
    "publish_date": "2026-03-17 09:00",
    "info_type": "招标公告",
    "business_type": "工程建设",
}
PORTAL = {
    **GOOD,
    "record_id": "r",
    "closes_at": "2026-04-09",
    "opens_at": "2026-04-09",
    "room": "一",
    "valid_until": "2026-04-20",
    "zones": ["lobby"],
    "detail_url": "https://example.org/1",
    "project_code": "ZB-1",
    "issuer": "某局",
    "agency": "某代理",
    "content_text": "正文",
}
CANDIDATES = {
    "id": "c",
    "title": "东山路道路改造工程中标候选人公示",
    "date": "2026-03-17",
    "publicity_period": "2026年03月17日 18时00分至2026年03月20日 18时00分",
    "candidates": [{"bidder": "甲公司", "price": "1"}],
}
RELEASE = {
    "ocid": "ocds-1",
    "id": "1",
    "tag": ["tender"],
    "date": "2026-03-16T09:00:00+08:00",
    "buyer": {"name": "某局"},
    "parties": [{"name": "某代理", "roles": ["agent"]}],
    "tender": {
        "id": "CG-1",
        "title": "某设备采购",
        "description": "正文",
        "value": {"amount": 1000, "currency": "CNY"},
        "tenderPeriod": {"endDate": "2026-04-09"},
        "bidOpening": {"date": "2026-04-09"},
        "procuringEntity": {"name": "某局"},
        "documents": [{"url": "https://example.org/1", "documentType": "tenderNotice"}],
    },
}
CANCELLATION = {**RELEASE, "id": "2", "tag": ["tenderCancellation"], "tender": {}}

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.sampled_from(
        ["9999-12-20", "0001-01-01", "2026-13-01", "\ud800", "\0", "机密", "https://x", "招标公告"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.sampled_from([10**15, 10**4200, 1e308, 5e-324]),
)
KEYS = st.one_of(
    TEXTS,
    st.sampled_from(["ocid", "id", "title", "releases", "candidates", "record_id", "name", "密级"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [path] if path else []
    return found + [place for key, part in inner for place in _places(part, (*path, key))]


def _with(record: object, path: tuple[str | int, ...], value: object) -> object:
    if not path:
        return value
    if isinstance(record, list):
        return [_with(p, path[1:], value) if i == path[0] else p for i, p in enumerate(record)]
    assert isinstance(record, dict)
    return {k: _with(p, path[1:], value) if k == path[0] else p for k, p in record.items()}


def _one_field_off(record: dict[str, object]) -> st.SearchStrategy[object]:
    return st.builds(_with, st.just(record), st.sampled_from(_places(record)), VALUES)


RECORDS = st.one_of(
    VALUES, *(_one_field_off(record) for record in (PORTAL, CANDIDATES, RELEASE, CANCELLATION))
)


def _take(text: str, name: str = "in.ndjson") -> tuple[Report, bool]:
    """What became of a file, and whether the good record went in."""
    with TemporaryDirectory() as folder:
        database = open_database(Path(folder), [CHANNEL])
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            report = import_files(database, [path], channel=CHANNEL, now=NOW)
            with database.reading() as connection:
                found = connection.exec_driver_sql("SELECT 1 FROM changes WHERE id = 'good'")
                return report, found.first() is not None
        finally:
            database.close()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(RECORDS, min_size=5, max_size=20), st.booleans())
def test_no_record_keeps_the_others_out(records, is_document):
    odd = [record for record in records if not isinstance(record, dict) or "releases" not in record]
    whole = [*odd[: len(odd) // 2], GOOD, *odd[len(odd) // 2 :]]
    if is_document:
        report, went_in = _take(json.dumps(whole, indent=1), "in.json")
    else:
        report, went_in = _take("\n".join(json.dumps(record) for record in whole))
    assert went_in
    assert report.added + report.updated + report.unchanged + report.refused == len(whole)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(RECORDS, max_size=4), RECORDS)
def test_a_package_of_anything(releases, envelope):
    around = envelope if isinstance(envelope, dict) else {"uri": envelope}
    text = json.dumps({**around, "releases": releases})
    report, went_in = _take(f"{text}\n{json.dumps(GOOD)}")
    assert went_in
    assert report.added >= 1


@pytest.mark.parametrize("depth", [58, 100, 700, 970, 5000, 100_000])
def test_what_is_nested_deeply_is_refused(depth):
    line = json.dumps({**PORTAL, "more": "@"}).replace('"@"', "[" * depth + "]" * depth)
    report, went_in = _take(f"{line}\n{json.dumps(GOOD)}")
    assert went_in
    assert report.refused == (0 if depth < 60 else 1)


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({**CANCELLATION, "ocid": "ocds-\ud800"}, "ocid"),
        ({**CANCELLATION, "id": "\udfff"}, "id"),
        ({**CANCELLATION, "ocid": "o" * 150, "id": "i" * 150}, "id"),
        ({**PORTAL, "content_text": "\ud800"}, "content_text"),
        ({**PORTAL, "publish_date": "9999-12-20"}, "publish_date"),
        (_with(RELEASE, ("tender", "value", "currency"), "\ud800"), "tender.value.currency"),
        (_with(RELEASE, ("tender", "documents", 0, "url"), "https://\ud800"), "documents.url"),
        (_with(RELEASE, ("tender", "id"), True), "tender.id"),
    ],
)
def test_an_odd_field_is_named(record, field):
    report, went_in = _take("\n".join(json.dumps(part) for part in (record, GOOD)))
    assert went_in
    assert [refusal.reason.split(":")[0] for refusal in report.refusals] == [field]
