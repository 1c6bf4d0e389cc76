"""工作人员账户: staff accounts as a building's feed carries them to its terminals (pure).

Anybody on the network may read the feed. What it holds of a card and a PIN comes from Argon2id
(RFC 9106): `StaffAccount.card` under one salt for all, so that one computation finds the account of
a card that was laid; `StaffKey.public`, the public half of an Ed25519 key (RFC 8032) whose secret
half is computed from number and PIN together, under a salt of its own: only who has both can sign.
Each computation takes about 0.13 s and 64 MB.

What this does not do: the number of a card is no secret. It stands on papers, and whoever knows
somebody's birthday and where they were registered finds it by at most 1000 computations against
`StaffAccount.card`. With it all PINs can be tried elsewhere, where no delay of a terminal counts:
the million PINs of six digits take two computing cores a day or two, each digit more ten times
that. So long PINs are worth having; and an approval is worth what two PINs are. Closing it takes a
secret of the centre's in both computations that only its own terminals are given.

The centre vouches for each account with its own key, so that nobody else can make one.
"""

import hmac
import json
import secrets
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from kiosk.sync.signatures import BadSignature, KeySet, sign, verify

TIME_COST, MEMORY_KIB, LANES = 3, 64 * 1024, 4
"""RFC 9106 section 4, the second recommended choice."""
MOST_PASSES, MOST_MEMORY_KIB, MOST_LANES = 10, 256 * 1024, 16
"""What a terminal computes at most, whatever a document asks for."""
SALT_BYTES, MARK_BYTES = 16, 32
PIN_SHORTEST, PIN_LONGEST = 6, 12
MOST_FORMER = 50
"""Keys, and roles, that an account had before: each proves what was signed with it."""
VOUCHER = "mingtang-staff"
"""``typ`` of the centre's word for an account."""


class StaffRole(StrEnum):
    """What somebody who works here does."""

    EDITOR = "editor"
    """编排"""
    APPROVER = "approver"
    """批准"""
    SUPERVISOR = "supervisor"
    """监督"""
    TECHNICIAN = "technician"
    """技术"""
    DESK = "desk"
    """服务台"""


class WeakPin(ValueError):
    """The PIN is none, or is guessed too easily; the message says how, and does not repeat it."""


Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Computation(_Document):
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    time_cost: int = Field(ge=1, le=MOST_PASSES)
    memory_kib: int = Field(ge=1024, le=MOST_MEMORY_KIB)
    lanes: int = Field(ge=1, le=MOST_LANES)


class StaffSalt(_Computation):
    """How a card becomes the mark by which its account is found: the same for all accounts."""

    type: Literal["staff-salt"] = "staff-salt"


class StaffKey(_Computation):
    """How number and PIN become the key with which somebody signs, and its public half."""

    public: Hex32


class FormerKey(_Document):
    """A key that another one has followed, or none."""

    public: Hex32
    until: AwareDatetime
    """It signs what was made before, not at, this moment."""


class FormerRoles(_Document):
    """Roles that others have followed: what was decided with them stays decided."""

    roles: tuple[StaffRole, ...] = Field(min_length=1, max_length=len(StaffRole))
    until: AwareDatetime
    """They held before, not at, this moment."""


class StaffAccount(_Document):
    """One person's account."""

    type: Literal["staff"] = "staff"
    key: str = Field(pattern=r"^[0-9a-z]{6,40}$")
    """Random: names the person in records."""
    name: str = Field(min_length=1, max_length=60)
    roles: tuple[StaffRole, ...] = Field(min_length=1, max_length=len(StaffRole))
    valid_from: AwareDatetime
    expires_at: AwareDatetime
    """Valid until, not at, this moment."""
    card: Hex32 | None = Field(default=None, repr=False)
    """None: the account was removed."""
    signs: StaffKey | None = Field(default=None, repr=False)
    """None: the account was removed."""
    former: tuple[FormerKey, ...] = Field(default=(), max_length=MOST_FORMER, repr=False)
    """Oldest first."""
    former_roles: tuple[FormerRoles, ...] = Field(default=(), max_length=MOST_FORMER)
    """Oldest first."""
    person: str = Field(default="", pattern=r"^([0-9a-z]{6,40})?$")
    """Key of the first account of the same card, where this is another one; else empty."""
    changed_at: AwareDatetime
    """An account that was changed earlier never takes the place of this one."""
    removed_at: AwareDatetime | None = None
    voucher: str = Field(default="", max_length=1000, repr=False)
    """The centre's word for all of this; see `is_vouched`."""

    @model_validator(mode="after")
    def _in_order(self) -> "StaffAccount":
        if len(set(self.roles)) < len(self.roles):
            raise ValueError("roles: one stands twice")
        if self.expires_at <= self.valid_from:
            raise ValueError("expires_at: is not after valid_from")
        if (self.removed_at is None) != (self.card is not None) or (
            (self.removed_at is None) != (self.signs is not None)
        ):
            raise ValueError("removed_at: card and signs are there until then")
        if any(after.until < before.until for before, after in pairwise(self.former)):
            raise ValueError("former: not in order")
        if any(after.until < before.until for before, after in pairwise(self.former_roles)):
            raise ValueError("former_roles: not in order")
        return self


def new_salt() -> StaffSalt:
    """A salt for a centre that has none."""
    return StaffSalt(
        salt=secrets.token_hex(SALT_BYTES), time_cost=TIME_COST, memory_kib=MEMORY_KIB, lanes=LANES
    )


def card_mark(number: str, salt: StaffSalt) -> str:
    """Under what the account of a card is found; takes about 0.13 s, off the UI thread."""
    return _computed(_canonical(number).encode(), salt).hex()


def new_key(number: str, pin: str) -> StaffKey:
    """A key for number and PIN, under a salt of its own. Raises WeakPin."""
    check_strength(pin, number)
    how = _Computation(
        salt=secrets.token_hex(SALT_BYTES), time_cost=TIME_COST, memory_kib=MEMORY_KIB, lanes=LANES
    )
    return StaffKey(**dict(how), public=public_half(derive_key(number, pin, how)))


def derive_key(number: str, pin: str, how: _Computation) -> Ed25519PrivateKey:
    """The key of number and PIN, right or wrong; takes about 0.13 s, off the UI thread."""
    seed = _computed(f"{_canonical(number)}\0{pin}".encode(), how)
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_half(key: Ed25519PrivateKey) -> str:
    """As accounts publish it."""
    return key.public_key().public_bytes_raw().hex()


def fits(account: StaffAccount, key: Ed25519PrivateKey) -> bool:
    """Tell whether this is the key with which the account signs now."""
    signs = account.signs
    return signs is not None and hmac.compare_digest(public_half(key), signs.public)


def public_at(account: StaffAccount, at: datetime) -> str | None:
    """The public half of the key with which the account signed then; None: it had none."""
    for former in account.former:
        if at < former.until:
            return former.public
    return None if account.signs is None else account.signs.public


def vouched(account: StaffAccount, key: Ed25519PrivateKey) -> StaffAccount:
    """The account with the centre's word for it."""
    payload = json.dumps({"staff": _digest(account)}).encode()
    return account.model_copy(update={"voucher": sign(VOUCHER, payload, key)})


def is_vouched(account: StaffAccount, keys: KeySet) -> bool:
    """Tell whether the centre of these keys says so; a revoked key says nothing."""
    try:
        return verify(VOUCHER, account.voucher, keys) == {"staff": _digest(account)}
    except BadSignature:
        return False


def check_strength(pin: str, number: str) -> None:
    """Raises WeakPin for what is no PIN, or one that is tried first."""
    if not (pin.isascii() and pin.isdigit()):
        raise WeakPin("the PIN has digits only, as the pad on the screen types them")
    if not PIN_SHORTEST <= len(pin) <= PIN_LONGEST:
        raise WeakPin(f"the PIN has {PIN_SHORTEST} to {PIN_LONGEST} digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise WeakPin("the PIN is one digit again and again, or a row such as 123456")
    if pin in number:
        raise WeakPin("the PIN stands in the number of the card, such as a date of birth")


def _canonical(number: str) -> str:
    return "".join(number.split()).upper()


def _computed(secret: bytes, how: _Computation) -> bytes:
    return hash_secret_raw(
        secret,
        bytes.fromhex(how.salt),
        time_cost=how.time_cost,
        memory_cost=how.memory_kib,
        parallelism=how.lanes,
        hash_len=MARK_BYTES,
        type=Type.ID,
    )


def _digest(account: StaffAccount) -> str:
    # Without what is as if it were not there, so that a field added later breaks no voucher.
    said = account.model_dump(mode="json", exclude={"voucher"}, exclude_defaults=True)
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
