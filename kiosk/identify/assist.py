"""协助: what a member of staff enters of a visitor without card or code, without a window."""

import re
import unicodedata
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import NumericProperty, StringProperty

from devices.idcard.identity import CardKind
from devices.idcard.numbers import WrongNumber, check_number
from kiosk.private.identity import Identity
from kiosk.session import Assistant, Visitor
from kiosk.sync.check_in import Assistance, assistance_event
from kiosk.sync.events import Event
from kiosk.sync.staff import StaffAccount
from kiosk.sync.submission import Role, Way

_NUMBER = re.compile(r"[0-9A-Z]{4,30}", re.ASCII)
_BETWEEN = frozenset(" ·•・.'’-")
"""What stands within names besides letters."""
LONGEST_NAME = 100


class Document(StrEnum):
    """证件: the paper or card whose original was seen."""

    RESIDENT = "resident"
    """居民身份证"""
    HK_MACAU_TAIWAN = "hk_macau_taiwan"
    """港澳台居民居住证"""
    FOREIGNER = "foreigner"
    """外国人永久居留身份证, of 2017 or 2023"""
    OTHER = "other"
    """A passport, or another one with a number of any kind."""


class Entered(StrEnum):
    """What is entered, in its order."""

    DOCUMENT = "document"
    NAME = "name"
    NUMBER = "number"
    ROLE = "role"
    SEEN = "seen"


GUIDES = {Entered.NAME: "name_hint", Entered.NUMBER: "number_hint"}
"""What is typed, and the word for what to type."""
DOCUMENTS = {
    Document.RESIDENT: "document_resident",
    Document.HK_MACAU_TAIWAN: "document_hk_macau_taiwan",
    Document.FOREIGNER: "document_foreigner",
    Document.OTHER: "document_other",
}
"""The words for them; both are in section assist."""


def card_kind(document: Document, number: str) -> CardKind | None:
    """The layout that such a document has; None for another document."""
    if document is Document.FOREIGNER:
        old = number[:1].isalpha()
        return CardKind.FOREIGNER_2017 if old else CardKind.FOREIGNER_2023
    return {
        Document.RESIDENT: CardKind.RESIDENT,
        Document.HK_MACAU_TAIWAN: CardKind.HK_MACAU_TAIWAN,
    }.get(document)


class AssistModel(EventDispatcher):
    """One assistance, from the staff member's card to the visitor."""

    staff_name = StringProperty("")
    trouble = StringProperty("")
    """What went wrong at the end, by its name in section assist of the words."""
    touched = NumericProperty(0)
    """Changes with what is entered."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        """`roles`: as whom somebody can be here."""
        super().__init__()
        self.roles = roles
        self.forget()

    def begin(self, account: StaffAccount, number: str) -> None:
        """This member of staff assists; `number` is that of the card that was laid."""
        self.forget()
        self._account, self._own = account, _plain(number)
        self.staff_name = account.name

    @property
    def begun(self) -> bool:
        """Whether somebody assists."""
        return self._account is not None

    def value(self, entered: Entered) -> str | bool:
        """What was entered so far."""
        return self._values[entered]

    def put(self, entered: Entered, value: str | bool) -> None:
        """Something was entered."""
        self._values[entered] = value
        self.trouble = ""
        self.touched += 1

    def leave(self, entered: Entered) -> None:
        """The cursor left it: from now on it says what is wrong with it."""
        if self._values[entered]:
            self._left.add(entered)
            self.touched += 1

    def fault(self, entered: Entered, today: date | None) -> str:
        """What is wrong with it, by its name in section assist of the words; or nothing."""
        value = self._values[entered]
        match entered:
            case Entered.NAME:
                return _fault_of_name(str(value))
            case Entered.NUMBER:
                return self._fault_of_number(_plain(str(value)), today)
            case Entered.ROLE:
                return "" if value in self.roles else "role_missing"
            case Entered.SEEN:
                return "" if value is True else "seen_missing"
            case Entered.DOCUMENT:
                return ""

    def look(self, entered: Entered, today: date | None) -> tuple[str, str]:
        """Tone (plain, good, bad) and the name of what stands below it."""
        fault = self.fault(entered, today)
        if not fault:
            typed = entered in (Entered.NAME, Entered.NUMBER)
            return ("good" if typed else "plain"), ""
        return ("bad", fault) if entered in self._left else ("plain", "")

    def first_fault(self, today: date | None) -> Entered | None:
        """What must be put right before it can be confirmed; from now on all of it is said."""
        self._left.update(Entered)
        self.touched += 1
        return next((each for each in Entered if self.fault(each, today)), None)

    def confirmed(self, at: datetime, terminal: str, id: UUID) -> tuple[Visitor, Event]:
        """The visitor, and the record to keep first. Raises ValueError while there is a fault."""
        account, values = self._account, self._values
        if account is None:
            raise ValueError("nobody assists")
        number = _plain(str(values[Entered.NUMBER]))
        role = Role(str(values[Entered.ROLE]))
        visitor = Visitor(
            Identity(_spaced(str(values[Entered.NAME])), number),
            role,
            Way.ASSISTED,
            assisted_by=Assistant(account.key, account.name),
        )
        told = Assistance(
            who=visitor.submitter,
            role=role,
            at=at,
            staff=account.key,
            staff_name=account.name,
            document=card_kind(Document(str(values[Entered.DOCUMENT])), number),
        )
        return visitor, assistance_event(told, terminal, id)

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._account: StaffAccount | None = None
        self._own = ""
        self._left: set[Entered] = set()
        self._values: dict[Entered, str | bool] = {
            Entered.DOCUMENT: Document.RESIDENT.value,
            Entered.NAME: "",
            Entered.NUMBER: "",
            Entered.ROLE: "",
            Entered.SEEN: False,
        }
        self.staff_name = self.trouble = ""

    def _fault_of_number(self, number: str, today: date | None) -> str:
        if not number:
            return "number_missing"
        if number == self._own:
            return "number_own"
        kind = card_kind(Document(str(self._values[Entered.DOCUMENT])), number)
        if kind is None:
            return "" if _NUMBER.fullmatch(number) else "number_other"
        try:
            check_number(kind, number)
        except WrongNumber:
            return "number_wrong"
        if kind is not CardKind.FOREIGNER_2017 and today is not None:
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
            return "number_wrong" if born > today else ""
        return ""


def _fault_of_name(name: str) -> str:
    name = _spaced(name)
    if not name:
        return "name_missing"
    letters = [sign for sign in name if sign not in _BETWEEN]
    if len(letters) < 2 or len(name) > LONGEST_NAME or not all(map(_is_letter, letters)):
        return "name_wrong"
    return ""


def _is_letter(sign: str) -> bool:
    """Rare characters of names may be private ones, or newer than this Python's tables."""
    category = unicodedata.category(sign)
    return category[0] in "LM" or category == "Co" or 0x20000 <= ord(sign) <= 0x3FFFD


def _spaced(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _plain(number: str) -> str:
    return "".join(number.replace("-", "").split()).upper()
