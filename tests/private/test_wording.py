"""The words for a submission on its way never promise more than the server's receipt."""

from itertools import product

import pytest

from kiosk import words
from kiosk.private.transfer import State, Transfer, Trouble
from kiosk.private.wording import in_words


@pytest.mark.parametrize(
    ("state", "problem", "paused"), list(product(State, Trouble, (False, True)))
)
@pytest.mark.parametrize(
    ("language", "delivered", "not_delivered"),
    [("zh", "已送达", ("未送达", "未接收")), ("en", "Delivered", ("not", "nothing"))],
)
def test_only_a_receipt_is_called_delivery(
    language, delivered, not_delivered, state, problem, paused
):
    said = in_words(words.load(language), Transfer("x", state, (), None, paused, problem))
    assert (delivered in said) == (state is State.DELIVERED)
    assert (state is State.DELIVERED) != any(part in said for part in not_delivered)


def test_what_is_to_be_done_is_told():
    zh = words.load("zh")
    for problem in (Trouble.REFUSED, Trouble.NONE):
        state = State.WAITING if problem else State.PARKED
        assert "工作人员" in in_words(zh, Transfer("x", state, (), None, problem=problem))
    late = in_words(zh, Transfer("x", State.TOO_LATE, (), None))
    assert "截止时间" in late and "服务器时间" in late
