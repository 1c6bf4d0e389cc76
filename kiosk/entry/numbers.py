"""Codes and numbers that people and units have (pure)."""

import re
from datetime import date

import phonenumbers
from phonenumbers import PhoneNumberType
from stdnum import luhn
from stdnum.cn import uscc

from devices.idcard.identity import CardKind
from devices.idcard.numbers import PREFIXES, WrongNumber, check_number
from kiosk.entry.finding import GOOD, Finding, Verdict, still_open, wrong

CODE_LENGTH = NUMBER_LENGTH = 18
ACCOUNT_SHORTEST, ACCOUNT_LONGEST = 8, 30
CARD_LENGTHS = {16, 19}
"""Of bank cards with a check digit (ISO/IEC 7812-1, annex B); accounts of units have none."""

_CODE_FIRST = frozenset("123456789ANY")
"""Registering authorities of GB 32100-2015, table 1. `stdnum` knows only those with a digit."""
_CODE_SIGNS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
"""GB 32100-2015, section 4: without I, O, S, V and Z."""
_OLD_FOREIGNER = re.compile(r"[A-Z]{1,3}|[A-Z]{3}[0-9]{1,12}", re.ASCII)
_PERMITS = (CardKind.RESIDENT, CardKind.HK_MACAU_TAIWAN, CardKind.FOREIGNER_2023)
_REGION = "CN"
_WITHOUT_AREA = {PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN}
"""Such as 400 and 800 numbers."""
_MOBILE_LENGTH = 11
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_DIALLED = re.compile(r"\+?[0-9-]*", re.ASCII)
_ABROAD = re.compile(r"\+|00|(?P<marked>852|853|886)-", re.ASCII)
_COUNTRY_CODE_LONGEST = 3
_EXTENSION_LONGEST = 6
_LONGEST_ABROAD = 15
"""Digits of a number with its country code (ITU-T E.164, section 6)."""


def credit_code(text: str) -> Finding:
    """统一社会信用代码, in capitals (GB 32100-2015)."""
    if strange := [sign for sign in text if sign not in _CODE_SIGNS]:
        return wrong("code_sign", sign=strange[0])
    if text[0] not in _CODE_FIRST or not all(sign.isdigit() for sign in text[2:8]):
        return wrong("code_check")
    if len(text) > CODE_LENGTH:
        return wrong("code_length", length=str(len(text)))
    if len(text) < CODE_LENGTH:
        return still_open("code_length", length=str(len(text)))
    return GOOD if uscc.calc_check_digit(text) == text[-1] else wrong("code_check")


def id_number(text: str, today: date | None) -> Finding:
    """公民身份号码, and numbers of permits that are built like it; letters in capitals."""
    if text[0].isalpha():
        if not _OLD_FOREIGNER.fullmatch(text):
            return wrong("number_check")
        whole = len(text) == len("ABC123456789012")
        return GOOD if whole else still_open("number_length", length=str(len(text)))
    if len(text) > NUMBER_LENGTH:
        return wrong("number_length", length=str(len(text)))
    if not _DIGITS.fullmatch(text[:17]) or not (
        _DIGITS.fullmatch(text[17:] or "0") or text[17:] == "X"
    ):
        return wrong("number_check")
    if len(text) < NUMBER_LENGTH:
        return still_open("number_length", length=str(len(text)))
    kinds = [kind for kind in _PERMITS if PREFIXES[kind].match(text)]
    if not kinds:
        return wrong("number_check")
    try:
        check_number(kinds[0], text)
    except WrongNumber:
        return wrong("number_check")
    born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    return wrong("number_check") if today is not None and born > today else GOOD


def telephone(text: str, *, mobile: bool) -> Finding:
    """A mobile number of mainland China; or also a landline with its area code, or a number with
    the country code that ``+``, ``00`` or, for Hong Kong, Macau and Taiwan, a hyphen marks.

    What is no mobile number may have an extension behind a last hyphen.
    """
    if not _DIALLED.fullmatch(text):
        return wrong("mobile" if mobile else "telephone")
    number, hyphen, extension = text.rpartition("-")
    if mobile or not hyphen or len(extension) > _EXTENSION_LONGEST:
        return _whole_number(text, mobile=mobile)
    if not extension:
        # A hyphen at the end waits for what follows.
        found = _whole_number(number, mobile=False) if number else still_open("telephone")
        return still_open("telephone") if found.verdict is Verdict.GOOD else found
    found = _whole_number(text, mobile=False)
    if found.verdict is Verdict.GOOD or number.startswith("1"):
        return found
    extended = number and _whole_number(number, mobile=False).verdict is Verdict.GOOD
    return GOOD if extended else found


def _whole_number(text: str, *, mobile: bool) -> Finding:
    """Without an extension; `text` is of digits, hyphens and a plus in front."""
    fault = "mobile" if mobile else "telephone"
    code = _ABROAD.match(text)
    if code is not None and not mobile:
        return _from_abroad(text[code.end() :], code["marked"] or "")
    digits = text.replace("-", "")
    if not digits:
        return still_open(fault)
    if not _DIGITS.fullmatch(digits):
        return wrong("mobile_first" if mobile else fault)
    is_mobile = digits.startswith("1")
    if mobile and not is_mobile:
        return wrong("mobile_first")
    if is_mobile and len(digits) != _MOBILE_LENGTH:
        short = len(digits) < _MOBILE_LENGTH
        told = {"length": str(len(digits))}
        return Finding(Verdict.OPEN if short else Verdict.WRONG, "mobile_length", told)
    try:
        number = phonenumbers.parse(digits, _REGION)
    except phonenumbers.NumberParseException:
        return still_open(fault)
    kind = phonenumbers.number_type(number)
    if is_mobile:
        return GOOD if kind == PhoneNumberType.MOBILE else wrong(fault)
    if digits.startswith("0") or kind in _WITHOUT_AREA:
        if phonenumbers.is_valid_number(number):
            return GOOD
    elif len(digits) <= _MOBILE_LENGTH - 1:
        return still_open("area_code")
    # With an area code the last digits may still be missing.
    return still_open(fault) if digits.startswith("0") and len(digits) < 11 else wrong(fault)


def _from_abroad(rest: str, code: str) -> Finding:
    """A number with its country code: `code`, or else at the beginning of `rest`."""
    digits = code + rest.replace("-", "")
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException as problem:
        unknown = problem.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        whole = len(digits) >= _COUNTRY_CODE_LONGEST
        return wrong("telephone") if unknown and whole else still_open("telephone")
    if phonenumbers.is_valid_number(number):
        return GOOD
    reason = phonenumbers.is_possible_number_with_reason(number)
    too_long = reason == phonenumbers.ValidationResult.TOO_LONG or len(digits) > _LONGEST_ABROAD
    return wrong("telephone") if too_long else still_open("telephone")


def bank_account(text: str) -> Finding:
    """Digits of a length that accounts have; a check digit is only looked at on cards."""
    if not _DIGITS.fullmatch(text):
        return wrong("account")
    if len(text) > ACCOUNT_LONGEST:
        return wrong("account")
    if len(text) < ACCOUNT_SHORTEST:
        return still_open("account")
    if len(text) in CARD_LENGTHS and not luhn.is_valid(text):
        return Finding(Verdict.GOOD, remark="account_look_again")
    return GOOD
