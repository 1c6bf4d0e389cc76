"""From records of the national portal and of candidate lists to notices (pure).

Beside the portal's own fields a record may carry ours: `closes_at`, `opens_at`, `room`,
`valid_until` (times as in `publish_date`) and `zones` (a list of `display.notice.Zone` values).
Times inside a body are never read: bodies are not written for that.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError

from display.notice import Category, Notice, NoticeKind, Zone
from kiosk.central.fields import (
    MAX_NAME,
    MAX_TITLE,
    RefusedRecord,
    moment,
    optional_moment,
    required_text,
    text_field,
    validity,
    web_address,
)
from kiosk.central.html_body import body_of
from kiosk.expectations import first_fault

_CATEGORIES = {
    "01": Category.CONSTRUCTION,
    "02": Category.PROCUREMENT,
    "03": Category.LAND,
    "04": Category.MINING,
    "05": Category.PROPERTY,
    "21": Category.EMISSIONS,
    "23": Category.MEDICINES,
    "25": Category.FOREST,
    "90": Category.OTHER,
}

_BUSINESS_TYPES = {
    "工程建设": Category.CONSTRUCTION,
    "政府采购": Category.PROCUREMENT,
    "土地使用权": Category.LAND,
    "矿业权": Category.MINING,
    "国有产权": Category.PROPERTY,
    "排污权": Category.EMISSIONS,
    "药品采购": Category.MEDICINES,
    "林权": Category.FOREST,
    "其他": Category.OTHER,
}

_KINDS = {
    "0101": NoticeKind.TENDER,
    "0102": NoticeKind.OPENING_RECORD,
    "0104": NoticeKind.AWARD,
    "0105": NoticeKind.AMENDMENT,
    "0106": NoticeKind.PREQUALIFICATION,
    "0201": NoticeKind.TENDER,
    "0202": NoticeKind.AWARD,
    "0203": NoticeKind.CONTRACT,
    "0204": NoticeKind.AMENDMENT,
    "0301": NoticeKind.TENDER,
    "0302": NoticeKind.AWARD,
    "0401": NoticeKind.TENDER,
    "0402": NoticeKind.AWARD,
    "0501": NoticeKind.TENDER,
    "0502": NoticeKind.AWARD,
    "2101": NoticeKind.TENDER,
    "2102": NoticeKind.AWARD,
    "2501": NoticeKind.TENDER,
    "2502": NoticeKind.AWARD,
    "9001": NoticeKind.TENDER,
    "9002": NoticeKind.AWARD,
}

_INFO_TYPES = {
    "招标/资审公告": NoticeKind.TENDER,
    "采购/资审公告": NoticeKind.TENDER,
    "招标公告": NoticeKind.TENDER,
    "采购公告": NoticeKind.TENDER,
    "交易公告": NoticeKind.TENDER,
    "出让公告": NoticeKind.TENDER,
    "出让公示": NoticeKind.TENDER,
    "挂牌披露": NoticeKind.TENDER,
    "资格预审公告": NoticeKind.PREQUALIFICATION,
    "资格预审结果": NoticeKind.PREQUALIFICATION,
    "开标记录": NoticeKind.OPENING_RECORD,
    "招标/资审文件澄清": NoticeKind.AMENDMENT,
    "更正事项": NoticeKind.AMENDMENT,
    "更正公告": NoticeKind.AMENDMENT,
    "变更公告": NoticeKind.AMENDMENT,
    "澄清公告": NoticeKind.AMENDMENT,
    "流标公告": NoticeKind.CANCELLATION,
    "废标公告": NoticeKind.CANCELLATION,
    "终止公告": NoticeKind.CANCELLATION,
    "中标候选人公示": NoticeKind.CANDIDATES,
    "交易结果公示": NoticeKind.AWARD,
    "中标结果公示": NoticeKind.AWARD,
    "中标公告": NoticeKind.AWARD,
    "成交公告": NoticeKind.AWARD,
    "成交公示": NoticeKind.AWARD,
    "成交宗地": NoticeKind.AWARD,
    "出让结果": NoticeKind.AWARD,
    "交易结果": NoticeKind.AWARD,
    "采购合同": NoticeKind.CONTRACT,
    "合同公告": NoticeKind.CONTRACT,
}

_PORTAL_CODE = re.compile(r"/(\d{4})/\d{8}/")
_TAIL = (
    r"(?:招标|采购|交易|活动|文件|事项|的)*(?:公告|公示|通知|说明|函|书)?"
    r"(?:[(（].*[)）]|\d+)?$"
)
_CANCELLED = re.compile("(?:流标|终止|废标)" + _TAIL)
_AMENDED = re.compile("(?:更正|变更|澄清)" + _TAIL)
"""Only at the end of a title: 国土变更调查项目招标公告 is a tender about amendments."""

_REFINED = {NoticeKind.TENDER, NoticeKind.AWARD, NoticeKind.AMENDMENT}

_PERIOD = re.compile(r"(.+?)\s*(?:至|到|—|~|～)\s*(.+)")
_LONGEST_PERIOD = 100

SHORTEST_PUBLICITY = timedelta(days=3)
"""Regulation on the Implementation of the Bidding Law (招标投标法实施条例), article 54."""


def is_portal_record(record: Mapping[str, object]) -> bool:
    """Tell whether a record has the look of the national portal's."""
    return any(name in record for name in ("record_id", "publish_date", "info_type", "detail_url"))


def is_candidates_record(record: Mapping[str, object]) -> bool:
    """Tell whether a record has the look of a list of award candidates."""
    return "publicity_period" in record or "candidates" in record


def portal_notice(record: Mapping[str, object], dropped: Counter[str] | None = None) -> Notice:
    """Read a record of the national portal. Raises RefusedRecord.

    What its HTML lost is added to `dropped`, kind by kind.
    """
    title = required_text(record, "title", longest=MAX_TITLE)
    record_id = required_text(record, "record_id", longest=MAX_NAME)
    published_at = moment(required_text(record, "publish_date"), "publish_date")
    detail_url = text_field(record, "detail_url")
    kind, category = _classify(record, detail_url, title)
    closes_at = optional_moment(record, "closes_at")
    body, blocks = body_of(record, Counter() if dropped is None else dropped)
    return _notice(
        id=record_id,
        kind=kind,
        category=category,
        title=title,
        published_at=published_at,
        valid_until=optional_moment(record, "valid_until")
        or validity(published_at, None if kind is NoticeKind.CANDIDATES else closes_at),
        tender_no=text_field(record, "project_code"),
        buyer=text_field(record, "issuer"),
        agent=text_field(record, "agency"),
        region=text_field(record, "region"),
        budget=text_field(record, "budget"),
        body=body,
        blocks=blocks,
        official_url=web_address(detail_url, text_field(record, "original_link")),
        source=text_field(record, "source_platform"),
        closes_at=closes_at,
        opens_at=optional_moment(record, "opens_at"),
        room=text_field(record, "room"),
        zones=_zones(record),
    )


def candidates_notice(record: Mapping[str, object], dropped: Counter[str] | None = None) -> Notice:
    """Read a list of award candidates of a construction tender. Raises RefusedRecord.

    It is public from the start of its publicity period, or from `date` where that is later.
    What its HTML lost is added to `dropped`, kind by kind.
    """
    title = required_text(record, "title", longest=MAX_TITLE)
    record_id = required_text(record, "id", longest=MAX_NAME)
    announced_at = moment(required_text(record, "date"), "date")
    begins_at, objections_until = _publicity_period(record)
    published_at = max(begins_at, announced_at)
    if objections_until - published_at < SHORTEST_PUBLICITY:
        raise RefusedRecord("publicity_period: is under 3 days; 公示期不少于3日")
    body, blocks = body_of(record, Counter() if dropped is None else dropped)
    return _notice(
        id=record_id,
        kind=NoticeKind.CANDIDATES,
        category=Category.CONSTRUCTION,
        title=title,
        published_at=published_at,
        valid_until=optional_moment(record, "valid_until") or objections_until,
        objections_until=objections_until,
        official_url=web_address(text_field(record, "url")),
        candidates=_candidates(record),
        tender_no=text_field(record, "project_code"),
        buyer=text_field(record, "issuer"),
        agent=text_field(record, "agency"),
        region=text_field(record, "region"),
        body=body,
        blocks=blocks,
        source=text_field(record, "source_platform"),
        zones=_zones(record),
    )


def _notice(**fields: object) -> Notice:
    try:
        notice = Notice.model_validate(fields)
    except ValidationError as problem:
        raise RefusedRecord(first_fault(problem)) from None
    if notice.valid_until is not None and notice.valid_until <= notice.published_at:
        raise RefusedRecord("valid_until: is not after the publication")
    if notice.kind is NoticeKind.CANDIDATES and _ends_too_early(notice):
        raise RefusedRecord("valid_until: is under 3 days after the publication; 公示期不少于3日")
    return notice


def _ends_too_early(notice: Notice) -> bool:
    until = notice.valid_until
    return until is not None and until - notice.published_at < SHORTEST_PUBLICITY


def _classify(
    record: Mapping[str, object], detail_url: str, title: str
) -> tuple[NoticeKind, Category]:
    match = _PORTAL_CODE.search(detail_url)
    code = match[1] if match else ""
    info_type = text_field(record, "info_type").strip()
    business_type = text_field(record, "business_type").strip()
    if info_type and info_type not in _INFO_TYPES:
        raise RefusedRecord("info_type: is not one that this program knows")
    kind = _KINDS.get(code) or _INFO_TYPES.get(info_type)
    if kind is None:
        raise RefusedRecord("info_type: is missing, and detail_url holds no code that it knows")
    category = _CATEGORIES.get(code[:2]) or _BUSINESS_TYPES.get(business_type)
    if category is None:
        raise RefusedRecord("business_type: is missing or not one that this program knows")
    return _refine(kind, title), category


def _refine(kind: NoticeKind, title: str) -> NoticeKind:
    if kind not in _REFINED:
        return kind
    if _CANCELLED.search(title):
        return NoticeKind.CANCELLATION
    if _AMENDED.search(title):
        return NoticeKind.AMENDMENT
    if kind is NoticeKind.AWARD and re.search("(中标|成交)候选人", title):
        return NoticeKind.CANDIDATES
    if kind is NoticeKind.TENDER and "资格预审" in title:
        return NoticeKind.PREQUALIFICATION
    return kind


def _publicity_period(record: Mapping[str, object]) -> tuple[datetime, datetime]:
    written = required_text(record, "publicity_period", longest=_LONGEST_PERIOD)
    match = _PERIOD.fullmatch(written.strip())
    if match is None:
        raise RefusedRecord(
            "publicity_period: write it as 2026年03月17日 09时00分至2026年03月20日 18时00分"
        )
    start, end = (moment(part, "publicity_period") for part in match.groups())
    if end <= start:
        raise RefusedRecord("publicity_period: ends before it begins")
    return start, end


def _candidates(record: Mapping[str, object]) -> list[dict[str, str]]:
    lines = record.get("candidates")
    if not isinstance(lines, list):
        raise RefusedRecord("candidates: must be a list")
    candidates = []
    for number, line in enumerate(lines):
        label = f"candidates[{number}]"
        if not isinstance(line, Mapping):
            raise RefusedRecord(f"{label}: must hold bidder and price")
        candidates.append(
            {
                "bidder": required_text(line, "bidder", label=f"{label}.bidder"),
                "price": text_field(line, "price", label=f"{label}.price"),
            }
        )
    return candidates


def _zones(record: Mapping[str, object]) -> list[Zone]:
    names = record.get("zones")
    if names is None:
        return []
    if not isinstance(names, list) or any(name not in list(Zone) for name in names):
        raise RefusedRecord("zones: must be a list of " + ", ".join(Zone))
    return [Zone(name) for name in names]
