"""Signing in, without a window: card, PIN, and what is wrong."""

import math

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty

from kiosk.identify.reading import Told
from kiosk.staff import accounts
from kiosk.staff.naming import chip_of
from kiosk.staff.sign_in.signing_in import Locked, NoAccounts, Refused
from kiosk.sync.staff import PIN_LONGEST, PIN_SHORTEST, StaffAccount
from kiosk.words import Words

REFUSED = {
    accounts.UnknownCard: "unknown",
    accounts.TimeNotProven: "no_time",
    accounts.NotYetValid: "early",
    accounts.Expired: "expired",
    accounts.NoRight: "no_right",
    NoAccounts: "no_accounts",
}
AT_WORK = {"preparing", "waiting", "found", "checking"}
HEEDED = {*REFUSED.values(), "checking", "locked", "locked_terminal", "store"}
"""What stays to be read although the card still lies there."""
OURS = {*HEEDED, "preparing", "waiting", "no_reader"}
"""What has words in section staff; the rest is the reader's, and has them in identify."""
_NO_NEWS = {Told.WAITING, Told.FOUND, Told.STILL_THERE}


class SignInModel(EventDispatcher):
    """The card's number is kept in it from the card until the PIN was right, or `forget`."""

    page = OptionProperty("card", options=["card", "pin"])
    said = StringProperty("preparing")
    """What is told at the reader."""
    dots = NumericProperty(0)
    """How many digits were typed."""
    trouble = StringProperty("")
    """What is told beside the PIN, by its name in section staff."""
    left_s = NumericProperty(0)
    """Seconds until the next try."""
    checking = BooleanProperty(False)

    def __init__(self, *, has_reader: bool) -> None:
        super().__init__()
        self.has_reader = has_reader
        self.forget()

    @property
    def attention(self) -> bool:
        """Whether what is said wants something done."""
        return self.said not in AT_WORK

    @property
    def number(self) -> str:
        """Of the card that was laid."""
        return self._number

    @property
    def pin(self) -> str:
        """As far as it was typed."""
        return self._pin

    @property
    def account(self) -> StaffAccount | None:
        """Whose PIN is asked for."""
        return self._account

    @property
    def can_try(self) -> bool:
        """Whether the PIN may be long enough, and now is a time to try it."""
        return len(self._pin) >= PIN_SHORTEST and not self.checking and self.left_s <= 0

    def told(self, what: Told) -> None:
        """The reader says something."""
        if self.page == "card" and not (self.said in HEEDED and what in _NO_NEWS):
            self.said = what.value

    def card(self, number: str) -> None:
        """A card was read; whose it is takes a moment."""
        self._number, self.said = number, "checking"

    def refuse(self, refusal: Exception) -> None:
        """That card does not do, or not any more."""
        said = REFUSED[type(refusal)]
        self.forget()
        self.said = said

    def fail(self) -> None:
        """The store does not answer."""
        self.forget()
        self.said = "store"

    def lock(self, locked: Locked) -> None:
        """Wait: told where one stands."""
        said = "locked_terminal" if locked.terminal else "locked"
        if self.page == "card":
            self._number = ""
        self.said = self.trouble = said
        self._end_try(locked.left_s)

    def ask_pin(self, account: StaffAccount) -> None:
        """The card is known."""
        self._account = account
        self.trouble, self.page = "", "pin"

    def type(self, digit: str) -> None:
        """One more digit of the PIN."""
        if self.checking or self.left_s > 0 or len(self._pin) >= PIN_LONGEST:
            return
        self._pin += digit
        self.dots, self.trouble = len(self._pin), ""

    def delete(self) -> None:
        """The last digit."""
        self._pin = "" if self.checking else self._pin[:-1]
        self.dots = len(self._pin)

    def clear(self) -> None:
        """All digits."""
        self._pin, self.dots = "", 0

    def wrong(self, refused: Refused) -> None:
        """The PIN was wrong."""
        self.trouble = "locked" if refused.left_s > 0 else "wrong_pin"
        self._end_try(refused.left_s)

    def wait(self, passed_s: float) -> None:
        """Time has passed."""
        if self.left_s > 0:
            self.left_s = max(0, self.left_s - passed_s)
            if self.left_s == 0:
                self.trouble = ""
                if self.page == "card":
                    self.said = "waiting"

    def who(self, words: Words) -> str:
        """Whose PIN is asked for, as the header will show it."""
        return "" if self._account is None else chip_of(self._account, words)

    def trouble_text(self, words: Words) -> str:
        """What is told beside the PIN."""
        if self.checking:
            return words["staff.checking_pin"]
        if not self.trouble:
            return words["staff.pin_hint"].format(least=PIN_SHORTEST, most=PIN_LONGEST)
        name = {"locked": "locked", "locked_terminal": "locked_terminal"}.get(self.trouble)
        if name is None:
            return words["staff.wrong_pin"]
        return f"{words[f'staff.{name}']}　{self.left_text(words)}"

    def left_text(self, words: Words) -> str:
        """How long to wait, in whole minutes or, near the end, seconds."""
        left = math.ceil(self.left_s)
        name = "wait_minutes" if left > 60 else "wait_seconds"
        return words[f"staff.{name}"].format(left=math.ceil(left / 60) if left > 60 else left)

    def title(self, words: Words) -> str:
        """What is told at the reader, in large letters."""
        section = "staff" if self.said in OURS else "identify"
        return words[f"{section}.{self.said}"]

    def text(self, words: Words) -> str:
        """What to do about it."""
        if self.said in ("locked", "locked_terminal"):
            return self.left_text(words)
        section = "staff" if self.said in OURS else "identify"
        return words.get(f"{section}.{self.said}_text", "").partition("\n")[0]

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._account: StaffAccount | None = None
        self._number = self._pin = ""
        self.page = "card"
        self.said = "preparing" if self.has_reader else "no_reader"
        self.dots, self.trouble, self.left_s, self.checking = 0, "", 0, False

    def _end_try(self, left_s: float) -> None:
        self.clear()
        self.checking, self.left_s = False, left_s
