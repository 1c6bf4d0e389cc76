"""授权码: a unit's authorisation code, signed by the centre and carried as a QR code (pure)."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from devices.idcard.identity import masked_name
from kiosk.sync.signatures import BadSignature, KeySet, check_age, sign, verify
from kiosk.sync.submission import Line, Role, canonical_json

AUTHORISATION = "mingtang-authorisation"
"""``typ`` of the code."""
MAX_CODE = 1200
"""Characters: beyond it a desk scanner no longer reads the QR code off paper."""
MAX_WITHDRAWN = 5000
"""Codes that are withdrawn and not yet expired; some 300 KB."""
CodeId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,40}$")]


class Expired(BadSignature):
    """The centre gave this code, but it is no longer valid: ask the centre for a new one."""


class NotYetValid(BadSignature):
    """The code was given in the future: this machine's clock is wrong."""


class Withdrawn(BadSignature):
    """The centre has withdrawn this code: the unit asks the centre for a new one."""


def _spelled(code: str) -> str:
    if len(code) != 18 or not (code.isascii() and code.isalnum() and code == code.upper()):
        raise ValueError("18 digits and capital letters")
    return code


class Authorisation(BaseModel):
    """Who may act for which unit, and until when."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: CodeId
    """Random."""
    unit: Line = Field(min_length=1)
    credit_code: Annotated[str, AfterValidator(_spelled)]
    """统一社会信用代码 (GB 32100)."""
    name: Line = Field(min_length=1)
    """Of the person who may come."""
    role: Role
    issued_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Authorisation({self.id}, {masked_name(self.name)}, {self.role})"

    __str__ = __repr__


class WithdrawnCode(BaseModel):
    """A code that is refused although its time is not over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: CodeId
    until: AwareDatetime
    """From when on it is expired anyway."""


class WithdrawnCodes(BaseModel):
    """All of them, as one document of the building's feed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["withdrawn-codes"] = "withdrawn-codes"
    codes: tuple[WithdrawnCode, ...] = Field(default=(), max_length=MAX_WITHDRAWN)


def sign_authorisation(authorisation: Authorisation, key: Ed25519PrivateKey) -> str:
    """Write the text of the code. Raises ValueError when it is too long for a QR code."""
    claims = {
        "jti": authorisation.id,
        "iat": int(authorisation.issued_at.timestamp()),
        "exp": int(authorisation.expires_at.timestamp()),
        "unit": authorisation.unit,
        "code": authorisation.credit_code,
        "name": authorisation.name,
        "role": authorisation.role.value,
    }
    code = sign(AUTHORISATION, canonical_json(claims), key)
    if len(code) > MAX_CODE:
        raise ValueError("the names are too long for a QR code")
    return code


def verify_authorisation(
    code: str, keys: KeySet, now: datetime, withdrawn: Collection[str] = ()
) -> Authorisation:
    """Prove a scanned code; valid from its issue until, not at, its end, unless it is withdrawn.

    Raises Expired, NotYetValid, Withdrawn, `signatures.UnknownKey` and `signatures.BadSignature`.
    """
    text = code.strip()
    if len(text) > MAX_CODE:
        raise BadSignature("this is longer than any authorisation code")
    claims = verify(AUTHORISATION, text, keys)
    try:
        authorisation = Authorisation(
            id=claims["jti"],
            unit=claims["unit"],
            credit_code=claims["code"],
            name=claims["name"],
            role=claims["role"],
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError, ValidationError):
        raise BadSignature("the centre signed it, but this program is too old to read it") from None
    check_age(text, keys, authorisation.issued_at)
    if now >= authorisation.expires_at:
        raise Expired("the authorisation has expired")
    if now < authorisation.issued_at:
        raise NotYetValid("the authorisation is dated in the future; is the clock right?")
    if authorisation.id in withdrawn:
        raise Withdrawn("the centre has withdrawn the authorisation")
    return authorisation
