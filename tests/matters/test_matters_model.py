"""One person's matters: from this terminal and from the server, each submission once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from kiosk import words
from kiosk.matters.model import MattersModel, entries
from kiosk.private.transfer import Keepsake, State
from kiosk.sync.submission import (
    Matter,
    Matters,
    Period,
    PeriodKind,
    Receipt,
    ReceiptFile,
    Role,
    SignedReceipt,
)

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ZH = words.load("zh")
SIGNED = SignedReceipt(token="t", short="s")


@dataclass(frozen=True)
class Draft:
    form: str
    version: int = 1
    saved_at: datetime = NOW


def receipt(submission: str, *, minutes: int = 0, **more: object) -> Receipt:
    fields = {
        "number": f"NUM-{submission}",
        "submission": submission,
        "received_at": NOW - timedelta(minutes=minutes),
        "terminal": "FS-02",
        "role": Role.BIDDER,
        "tender_no": "FS-1",
        "title": f"项目 {submission}",
        "by": "张**",
        "number_mask": "2****************8",
        "files": (ReceiptFile(name="a.pdf", size=5, sha256="a" * 64),),
        "content": "b" * 64,
    }
    return Receipt.model_validate({**fields, **more})


def kept(submission: str, state: State) -> Keepsake:
    signed = SIGNED if state is State.DELIVERED else None
    return Keepsake(submission, state, f"项目 {submission}", "FS-1", signed)


def answer(*matters: Matter) -> Matters:
    return Matters(matters=matters, server_time=NOW)


def period(until: str, *, known: bool = True) -> Period:
    return Period(kind=PeriodKind.DEPOSIT_RETURN, days=5, until=until, holidays_known=known)


def listed(keepsakes=(), drafts=(), receipts=None, told=None):
    return entries(keepsakes, drafts, receipts or {}, {"deposit-return": "保证金退还申请"}, told,
                   ZH, NOW)  # fmt: skip


def test_the_parts_stand_in_their_order_and_empty_ones_not_at_all() -> None:
    assert listed() == []
    told = answer(Matter(receipt=receipt("d"), signed=SIGNED, periods=(period("2026-11-30"),)))
    found = listed([kept("w", State.WAITING)], [Draft("deposit-return")], None, told)
    headings = [each.title for each in found if each.kind == "heading"]
    assert headings == ["办理期限", "未送达", "草稿", "回执"]
    assert [each.kind for each in found if each.key] == ["submission", "draft", "receipt"]
    running = found[1]
    assert running.title == "项目 d　保证金退还" and running.note == "11月30日 前（5 个工作日）"


def test_a_submission_that_both_know_stands_once() -> None:
    told = answer(Matter(receipt=receipt("a"), signed=SIGNED))
    both = [kept("a", State.DELIVERED), kept("b", State.DELIVERED)]
    found = listed(both, (), {"a": receipt("a"), "b": receipt("b", minutes=5)}, told)
    assert [each.key for each in found if each.key] == ["a", "b"]
    # The server has its receipt already, though this terminal waits for the answer.
    found = listed([kept("a", State.SENDING)], (), None, told)
    assert [(each.key, each.kind) for each in found if each.key] == [("a", "receipt")]


@pytest.mark.parametrize(
    ("state", "said", "tone"),
    [
        (State.WAITING, "等待传输，尚未送达", "attention"),
        (State.SENDING, "正在传输，尚未送达", "attention"),
        (State.PARKED, "未送达，请到服务台", "bad"),
        (State.TOO_LATE, "过了截止时间，未送达", "bad"),
    ],
)
def test_what_is_not_delivered_says_so(state: State, said: str, tone: str) -> None:
    [_, one] = listed([kept("a", state)])
    assert (one.note, one.tone, one.under) == (said, tone, "FS-1")


def test_periods_that_are_over_are_left_out_and_uncertain_ones_say_so() -> None:
    told = answer(
        Matter(receipt=receipt("a"), signed=SIGNED, periods=(period("2026-11-22"),)),
        Matter(receipt=receipt("b"), signed=SIGNED, periods=(period("2026-11-23"),)),
        Matter(receipt=receipt("c"), signed=SIGNED, periods=(period("2027-02-20", known=False),)),
    )
    notes = [each.note for each in listed(told=told) if each.kind == "period"]
    assert notes == [
        "11月23日 前（5 个工作日）",
        "2027年2月20日 前（5 个工作日，节假日安排公布后可能调整）",
    ]


def test_a_delivered_one_whose_key_is_not_here_yet_is_listed() -> None:
    [_, one] = listed([kept("a", State.DELIVERED)])
    assert (one.kind, one.key, one.note) == ("receipt", "a", "已送达")


def test_the_draft_of_an_unknown_form_shows_its_key() -> None:
    [_, one] = listed(drafts=[Draft("gone")])
    assert (one.title, one.key) == ("gone", "gone")


def test_how_fresh_it_is_and_why_nothing_is_listed() -> None:
    model = MattersModel()
    assert model.nothing_texts(ZH, listed=False) == ("", "")
    model.show((), ())
    assert model.as_of(ZH) == "正在询问服务器…"
    model.asked = "offline"
    assert model.as_of(ZH) == "服务器暂时联系不上，只显示本机上的记录"
    assert model.nothing_texts(ZH, listed=False)[0] == "本机上没有您的办理事项"
    model.hear(answer())
    assert model.as_of(ZH) == "服务器记录截至 2026-11-23 09:12"
    assert model.nothing_texts(ZH, listed=False)[0] == "没有您的办理事项"
    assert model.nothing_texts(ZH, listed=True) == ("", "")
    model.fail()
    assert model.nothing_texts(ZH, listed=False)[0] == "暂时读不出您的事项"


def test_receipts_come_from_whoever_has_them_and_nothing_stays() -> None:
    model = MattersModel()
    model.show([kept("a", State.DELIVERED), kept("w", State.WAITING)], ())
    other = SignedReceipt(token="other", short="s")
    model.hear(answer(Matter(receipt=receipt("b"), signed=other)))
    assert model.signed("a") == SIGNED and model.signed("b") == other
    assert model.signed("w") is None and model.signed("x") is None
    model.forget()
    assert model.signed("a") is None and model.entries(ZH, NOW) == []
