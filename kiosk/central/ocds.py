"""From releases of the Open Contracting Data Standard to notices (pure).

Source: OCDS 1.1, release schema. A `tenderCancellation` ends the contracting process.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from display.notice import Category, Notice, NoticeKind
from kiosk.central.fields import (
    MAX_NAME,
    MAX_TITLE,
    RefusedRecord,
    moment,
    required_text,
    text_field,
    validity,
    web_address,
)
from kiosk.expectations import first_fault

CANCELLATION_TAG = "tenderCancellation"

_SMALLEST_PLACE, _LARGEST_PLACE = -6, 15
"""Powers of ten between which the first digit of an amount stands."""

_KINDS = (
    (CANCELLATION_TAG, NoticeKind.CANCELLATION),
    ("contract", NoticeKind.CONTRACT),
    ("award", NoticeKind.AWARD),
    ("tenderAmendment", NoticeKind.AMENDMENT),
    ("tenderUpdate", NoticeKind.AMENDMENT),
    ("tender", NoticeKind.TENDER),
)
"""A release with several tags announces the last stage of them."""

_BUYER_ROLES = ("buyer", "procuringEntity")
_AGENT_ROLES = ("agent", "agency", "procuringAgent", "procuringEntity")


@dataclass(frozen=True, slots=True)
class Release:
    """What one release says."""

    ocid: str
    id: str
    published_at: datetime
    notice: Notice | None
    """None for a cancellation without a title."""
    cancels: bool


def is_release(record: Mapping[str, object]) -> bool:
    """Tell whether a record has the look of a release."""
    return "ocid" in record


def read_release(record: Mapping[str, object]) -> Release:
    """Read one release. Raises RefusedRecord."""
    ocid = required_text(record, "ocid", longest=MAX_NAME)
    release_id = required_text(record, "id", longest=MAX_NAME)
    published_at = moment(required_text(record, "date"), "date")
    kind = _kind(record)
    tender = _object(record, "tender")
    title = _title(record, tender)
    # A release id is unique only within its contracting process.
    notice_id = release_id if release_id.startswith(ocid) else f"{ocid}-{release_id}"
    if len(notice_id) > MAX_NAME:
        raise RefusedRecord(f"id: is longer than {MAX_NAME} characters together with ocid")
    cancels = kind is NoticeKind.CANCELLATION
    if not title:
        if not cancels:
            raise RefusedRecord("tender.title: is missing")
        return Release(ocid, notice_id, published_at, None, True)
    buyer = _party(record, tender, "buyer", _BUYER_ROLES)
    agent = _party(record, tender, "", _AGENT_ROLES)
    period = _object(tender, "tenderPeriod", "tender.tenderPeriod")
    closes = text_field(period, "endDate", label="tender.tenderPeriod.endDate")
    opening = _object(tender, "bidOpening", "tender.bidOpening")
    opens = text_field(opening, "date", label="tender.bidOpening.date")
    closes_at = moment(closes, "tender.tenderPeriod.endDate") if closes.strip() else None
    fields = {
        "id": notice_id,
        "kind": kind,
        "category": _category(tender),
        "title": title,
        "published_at": published_at,
        "valid_until": validity(published_at, closes_at),
        "tender_no": _identifier(tender),
        "buyer": buyer,
        "agent": "" if agent == buyer else agent,
        "budget": _amount(tender),
        "body": text_field(tender, "description", label="tender.description"),
        "official_url": _official_url(record, tender),
        "closes_at": closes_at,
        "opens_at": moment(opens, "tender.bidOpening.date") if opens.strip() else None,
    }
    try:
        return Release(ocid, notice_id, published_at, Notice.model_validate(fields), cancels)
    except ValidationError as problem:
        raise RefusedRecord(first_fault(problem)) from None


def _kind(record: Mapping[str, object]) -> NoticeKind:
    tags = record.get("tag")
    if isinstance(tags, str):
        tags = [tags]
    if not isinstance(tags, list) or not tags:
        raise RefusedRecord("tag: is missing")
    for tag, kind in _KINDS:
        if tag in tags:
            return kind
    raise RefusedRecord("tag: must hold one of " + ", ".join(tag for tag, _ in _KINDS))


def _object(record: Mapping[str, object], name: str, label: str = "") -> Mapping[str, object]:
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RefusedRecord(f"{label or name}: must be an object")
    return value


def _objects(record: Mapping[str, object], name: str) -> Iterator[Mapping[str, object]]:
    values = record.get(name)
    if isinstance(values, list):
        yield from (value for value in values if isinstance(value, Mapping))


def _title(record: Mapping[str, object], tender: Mapping[str, object]) -> str:
    stages = (*_objects(record, "contracts"), *_objects(record, "awards"))
    for holder in (tender, record, *stages):
        title = text_field(holder, "title", label="title", longest=MAX_TITLE)
        if title.strip():
            return title
    return ""


def _category(tender: Mapping[str, object]) -> Category:
    """Works are construction; goods and services are government procurement."""
    if tender.get("mainProcurementCategory") == "works":
        return Category.CONSTRUCTION
    return Category.PROCUREMENT


def _identifier(tender: Mapping[str, object]) -> str:
    value = tender.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_field(tender, "id", label="tender.id")


def _amount(tender: Mapping[str, object]) -> str:
    """The amount as published; a number without its currency says nothing."""
    value = _object(tender, "value", "tender.value")
    amount = value.get("amount")
    currency = text_field(value, "currency", label="tender.value.currency")
    if amount is None:
        return ""
    if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)):
        raise RefusedRecord("tender.value.amount: must be a number")
    return f"{_plain(Decimal(amount), 'tender.value.amount')} {currency}" if currency else ""


def _plain(number: Decimal, label: str) -> str:
    """Write a number without an exponent, and a whole one without decimals."""
    if not number.is_finite() or not _SMALLEST_PLACE <= number.adjusted() < _LARGEST_PLACE:
        raise RefusedRecord(f"{label}: is no amount of money")
    if number == number.to_integral_value():
        return str(int(number))
    return f"{number:f}"


def _party(
    record: Mapping[str, object],
    tender: Mapping[str, object],
    field: str,
    roles: tuple[str, ...],
) -> str:
    named = text_field(_object(record, field), "name", label=f"{field}.name") if field else ""
    if named.strip():
        return named
    for role in roles:
        for party in _objects(record, "parties"):
            held = party.get("roles")
            if isinstance(held, list) and role in held:
                return text_field(party, "name", label="parties.name")
    entity = _object(tender, "procuringEntity", "tender.procuringEntity")
    return text_field(entity, "name", label="tender.procuringEntity.name")


def _official_url(record: Mapping[str, object], tender: Mapping[str, object]) -> str:
    """The document that is the notice itself, or the first that has an address."""
    holders = (
        record,
        tender,
        *_objects(record, "contracts"),
        *_objects(record, "awards"),
    )
    documents = [document for holder in holders for document in _objects(holder, "documents")]
    documents.sort(key=lambda document: not str(document.get("documentType")).endswith("Notice"))
    return web_address(
        *(text_field(document, "url", label="documents.url") for document in documents)
    )
