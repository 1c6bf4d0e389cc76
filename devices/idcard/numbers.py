"""Numbers of the four cards: shape, date of birth, check digit (pure).

`stdnum.cn.ric` refuses numbers that begin with 81, 82, 83 or 9, so only its ISO 7064 MOD 11-2
is used. The notice of the National Immigration Administration on the card of 2023 prescribes
the same check digit for it. A number of 2017 (three letters, twelve digits) is checked by its
shape alone: how its last digit is made is not published.
"""

import re
from datetime import date

from stdnum.iso7064 import mod_11_2

from devices.idcard.identity import CardKind

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_FIFTEEN = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)

PREFIXES = {
    CardKind.RESIDENT: re.compile(r"[1-6]|71"),
    CardKind.HK_MACAU_TAIWAN: re.compile(r"8[123]0000"),
    CardKind.FOREIGNER_2023: re.compile(r"9"),
}
"""Residents have the code of a province (GB/T 2260); 810000, 820000 and 830000 stand for Hong
Kong, Macau and Taiwan; foreigners begin with 9."""


class WrongNumber(ValueError):
    """Not a number that such a card has. The message does not repeat it."""


def check_number(kind: CardKind, number: str) -> None:
    """Raises WrongNumber with what is wrong."""
    if kind is CardKind.FOREIGNER_2017:
        if not _FIFTEEN.fullmatch(number):
            raise WrongNumber("not three letters and twelve digits")
        return
    if not _EIGHTEEN.fullmatch(number):
        raise WrongNumber("not eighteen digits, of which the last may be X")
    if not PREFIXES[kind].match(number):
        raise WrongNumber(f"does not begin as numbers of the kind {kind} do")
    if not mod_11_2.is_valid(number):
        raise WrongNumber("the check digit is wrong")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise WrongNumber("the date of birth in it is no date") from None
