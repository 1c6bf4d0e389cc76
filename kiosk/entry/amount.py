"""Amounts in yuan, and 人民币大写, their form in capitals (pure).

Capitals after 《正确填写票据和结算凭证的基本规定》, annex 1 to 《支付结算办法》 (PBC 1997),
articles 2 to 5. Where it leaves a choice, its first example is followed: no 整 after 角, 零 before
角 where the figure of 元 is 0, no 零 before 仟 where the figure of 万 is 0.
"""

import re
from decimal import Decimal

_SHAPE = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?")
_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
MOST = Decimal("999999999999999.99")
"""Yuan; more than any contract, and still read without a mistake."""


class WrongAmount(ValueError):
    """Not an amount; the message does not repeat it."""


def read_amount(text: str) -> Decimal:
    """Read yuan with at most two decimals. Raises WrongAmount."""
    if not _SHAPE.fullmatch(text):
        raise WrongAmount("not yuan with at most two decimals")
    return Decimal(text)


def capitals(amount: Decimal) -> str:
    """Write an amount of yuan in capitals, without the words 人民币 before it.

    Raises WrongAmount below zero, above `MOST`, and for parts of a fen.
    """
    if not 0 <= amount <= MOST or amount != amount.quantize(Decimal("0.01")):
        raise WrongAmount("outside what can be written")
    fen = int(amount * 100)
    yuan, jiao, fen = fen // 100, fen // 10 % 10, fen % 10
    text = f"{_whole(yuan)}元" if yuan or not (jiao or fen) else ""
    if not jiao and not fen:
        return text + "整"
    if jiao:
        text += _FIGURES[0] if yuan and yuan % 10 == 0 else ""
        text += f"{_FIGURES[jiao]}角"
    elif yuan:
        text += "零"
    return text + (f"{_FIGURES[fen]}分" if fen else "")


def _whole(number: int) -> str:
    if number == 0:
        return _FIGURES[0]
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(number, size)
        if high:
            between = _FIGURES[0] if low and _gap(low, size) else ""
            return _whole(high) + unit + between + (_whole(low) if low else "")
    return _group(number)


def _gap(low: int, size: int) -> bool:
    """Whether the place after the unit is 0."""
    return low < size // 10


def _group(number: int) -> str:
    """Up to 9999."""
    text, pending = "", False
    for place in range(3, -1, -1):
        figure = number // 10**place % 10
        if not figure:
            pending = bool(text)
            continue
        text += (_FIGURES[0] if pending else "") + _FIGURES[figure] + _UNITS[place]
        pending = False
    return text
