"""Numbers of persons and units on the command line: what is wrong with one, without telling it."""

import re
from datetime import UTC, date, datetime

from devices.idcard.numbers import PREFIXES, WrongNumber, check_number
from display.local_time import SHANGHAI
from kiosk.commands.running import Problem
from kiosk.entry.finding import Verdict
from kiosk.entry.numbers import CODE_LENGTH, NUMBER_LENGTH, credit_code, id_number

_DIGITS_AND_X = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)


def check_id_number(number: str) -> None:
    """Raises Problem for what is no number of an ID card (GB 11643) or permit."""
    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    if not number or id_number(number, today).verdict is not Verdict.GOOD:
        raise Problem(f"the ID number is not valid: {_wrong_in_number(number, today)}")


def check_credit_code(code: str) -> None:
    """Raises Problem for what is no credit code of a unit (GB 32100)."""
    if not code or credit_code(code).verdict is not Verdict.GOOD:
        raise Problem(f"--credit-code is not valid: {_wrong_in_code(code)}")


def _wrong_in_number(number: str, today: date) -> str:
    if len(number) != NUMBER_LENGTH:
        return f"it has {len(number)} characters, {NUMBER_LENGTH} are needed"
    if not _DIGITS_AND_X.fullmatch(number):
        return "it takes digits, and X at the end alone"
    kinds = [kind for kind, prefix in PREFIXES.items() if prefix.match(number)]
    if not kinds:
        return "no ID card or permit has a number that begins so"
    try:
        check_number(kinds[0], number)
    except WrongNumber as problem:
        if "check digit" in str(problem):
            return "its check digit does not fit: a digit is mistyped, or two are swapped"
        return str(problem)
    return f"its date of birth lies behind {today}"


def _wrong_in_code(code: str) -> str:
    if len(code) != CODE_LENGTH:
        return f"it has {len(code)} characters, {CODE_LENGTH} are needed"
    if credit_code(code).fault == "code_sign":
        return "it takes digits and capital letters without I, O, S, V and Z"
    if not code[2:8].isdigit():
        return "its characters 3 to 8 are digits, the code of a region"
    return "its check digit does not fit: a character is mistyped, or two are swapped"
