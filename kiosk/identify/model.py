"""Who somebody is, as far as it is known, without a window."""

from datetime import datetime

from kivy.event import EventDispatcher
from kivy.properties import ListProperty, OptionProperty, StringProperty

from devices.idcard.identity import Identity as CardIdentity
from devices.idcard.identity import masked_name
from display.notice import Zone
from kiosk.identify.reading import Told
from kiosk.private.identity import Identity
from kiosk.session import Visitor
from kiosk.sync.authorisation import Expired, NotYetValid, verify_authorisation
from kiosk.sync.signatures import BadSignature, KeySet, UnknownKey
from kiosk.sync.submission import Role, Way

AT_WORK = {"preparing", "waiting", "found", "code"}
"""What is said while nothing is wrong."""


def roles_at(zone: Zone) -> tuple[Role, ...]:
    """As whom one can be identified at a terminal: experts only in their own corridor."""
    others = (Role.BIDDER, Role.AGENCY, Role.PURCHASER)
    return (Role.EXPERT, *others) if zone is Zone.EXPERTS_CORRIDOR else others


class IdentifyModel(EventDispatcher):
    """From the notice to a role; what was read is kept in it only until the role is chosen."""

    page = OptionProperty("ways", options=["ways", "roles"])
    way = OptionProperty("card", options=["card", "code"])
    said = StringProperty("preparing")
    """What is told, by its name in section identify of the words."""
    name = StringProperty("")
    """Masked."""
    roles = ListProperty()
    marked = StringProperty("")
    """The role that Enter would choose."""

    def __init__(self, zone: Zone, *, has_reader: bool) -> None:
        super().__init__()
        self._zone, self.has_reader = zone, has_reader
        self._identity: Identity | None = None

    @property
    def attention(self) -> bool:
        """Whether what is said wants something done."""
        return self.said not in AT_WORK

    def begin(self) -> None:
        """Somebody wants to be identified: with the card first."""
        self.forget()
        self.choose_way("card")

    def choose_way(self, way: str) -> None:
        """Card or code."""
        self.way = way
        if way == "code":
            self.said = "code"
        else:
            self.said = "preparing" if self.has_reader else "no_reader"

    def fail(self) -> None:
        """The encrypted store does not open: there are no personal services."""
        self.said = "unavailable"

    def told(self, what: Told) -> None:
        """The reader says something."""
        if self.page != "ways" or self.way == "code" or self.said == "unavailable":
            return
        self.said = what.value

    def read(self, card: CardIdentity) -> None:
        """The visitor's card was read."""
        self._identity = Identity(card.name, card.number)
        self.name = masked_name(card.name)
        self.roles = [role.value for role in roles_at(self._zone)]
        self.page = "roles"

    def scanned(self, code: str, keys: KeySet, now: datetime | None) -> Visitor | None:
        """A code was scanned: who that is, or None and the reason on the screen.

        `now` is proven time; None: there is none.
        """
        self.way = "code"
        if now is None:
            self.said = "code_no_time"
            return None
        try:
            given = verify_authorisation(code, keys, now)
        except Expired:
            self.said = "code_expired"
        except NotYetValid:
            self.said = "code_early"
        except UnknownKey:
            self.said = "code_unknown_key"
        except BadSignature:
            self.said = "code_wrong"
        else:
            if given.role in roles_at(self._zone):
                identity = Identity(given.name, given.credit_code)
                return Visitor(identity, given.role, Way.AUTHORISATION, unit=given.unit)
            self.said = "code_expert"
        return None

    def choose(self, role: Role) -> Visitor | None:
        """The role: now all is known; None where nobody is."""
        if self._identity is None or role not in roles_at(self._zone):
            return None
        visitor = Visitor(self._identity, role, Way.CARD)
        self.forget()
        return visitor

    def move(self, step: int) -> None:
        """Mark the role before or after, as the arrow keys do."""
        if self.roles:
            at = self.roles.index(self.marked) if self.marked in self.roles else -step
            self.marked = self.roles[(at + step) % len(self.roles)]

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._identity = None
        self.name = self.marked = ""
        self.roles = []
        self.page, self.way, self.said = "ways", "card", "preparing"
