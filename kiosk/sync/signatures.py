"""What the centre signs: compact JWS (RFC 7515) with Ed25519 (RFC 8037), its keys as a JWKS (pure).

The header names the key (``kid``) and what was signed (``typ``), so that a token of one kind is
never taken for another. A new key is vouched for by the one before it, so that whoever knows one
key of the centre can prove all later ones.
"""

import base64
import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk.sync.contract import UnreadableDocument, fields_at_fault

KEYS_PATH = "/v1/keys"
KEYS_MEDIA_TYPE = "application/jwk-set+json"

VOUCHER = "mingtang-key"
"""``typ`` of one key's word for another."""

_ALGORITHM = "EdDSA"
_KID_LENGTH = 8
_JWS = jwt.PyJWS(algorithms=[_ALGORITHM])


class BadSignature(Exception):
    """A token is not what the centre signed; the message says in words what does not fit."""


class UnknownKey(BadSignature):
    """None of the keys at hand made it: fetch the centre's keys anew, and look again."""


Voucher = Annotated[str, Field(max_length=1000)]


class PublicKey(BaseModel):
    """A JWK (RFC 7517, RFC 8037 section 2) with members of our own (RFC 7517 section 4)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    kid: str = Field(min_length=1, max_length=64)
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"
    retired_at: AwareDatetime | None = None
    """From then on the centre signs with another one."""
    revoked: bool = False
    """Somebody else may have it: nothing that it signed is proven any more."""
    vouchers: tuple[Voucher, ...] = Field(default=(), max_length=10)
    """What former keys signed for it."""


class KeySet(BaseModel):
    """A JWK set (RFC 7517 section 5): the key in use and the former ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    keys: tuple[PublicKey, ...] = Field(max_length=100)

    def named(self, kid: str) -> PublicKey | None:
        """The key of this name, or None."""
        return next((key for key in self.keys if key.kid == kid), None)

    def joined(self, told: "KeySet") -> "KeySet":
        """These, and of those told the ones that a known one vouches for, itself or by others.

        What is said of a known key is not taken over: it is not signed.
        """
        keys, waiting = list(self.keys), [key for key in told.keys if self.named(key.kid) is None]
        while waiting:
            known = KeySet(keys=tuple(keys))
            proven = [key for key in waiting if any(_vouches(v, key, known) for v in key.vouchers)]
            if not proven:
                break
            # Of two keys of one name only the first is ever looked at.
            keys += proven
            waiting = [key for key in waiting if key not in proven]
        return KeySet(keys=tuple(keys))

    def continued(self, told: "KeySet") -> "KeySet | None":
        """What a centre says of its keys later on; None if one is new that nothing vouches for.

        The order is that of those told; none is forgotten, and a revoked one stays so.
        """
        joined = self.joined(told)
        merged = []
        for key in told.keys:
            proven, known = joined.named(key.kid), self.named(key.kid)
            if proven is None or proven.x != key.x:
                return None
            was_revoked = known is not None and known.revoked
            merged.append(key.model_copy(update={"revoked": key.revoked or was_revoked}))
        names = {key.kid for key in told.keys}
        return KeySet(keys=(*merged, *(key for key in self.keys if key.kid not in names)))


def read_keys(text: str | bytes) -> KeySet:
    """Read a JWK set. Raises UnreadableDocument, which names the fields at fault."""
    try:
        return KeySet.model_validate_json(text)
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None


def public_key(key: Ed25519PrivateKey | Ed25519PublicKey) -> PublicKey:
    """Write a key's public half, named by the beginning of its thumbprint (RFC 7638)."""
    half = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    x = _encoded(half.public_bytes_raw())
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    thumbprint = _encoded(hashlib.sha256(members.encode()).digest())
    return PublicKey(x=x, kid=thumbprint[:_KID_LENGTH])


def sign(kind: str, payload: bytes, key: Ed25519PrivateKey) -> str:
    """Sign a payload; `kind` stands as ``typ`` in the header."""
    headers = {"typ": kind, "kid": public_key(key).kid}
    return _JWS.encode(payload, key, algorithm=_ALGORITHM, headers=headers)


def vouch(for_key: PublicKey, key: Ed25519PrivateKey) -> str:
    """Let a key vouch for a new one."""
    return sign(VOUCHER, json.dumps({"kid": for_key.kid, "x": for_key.x}).encode(), key)


def check_age(token: str, keys: KeySet, signed_at: datetime) -> None:
    """Check that the key was in use when a proven token says it was signed.

    Raises BadSignature.
    """
    key = keys.named(jwt.get_unverified_header(token)["kid"])
    if key is not None and key.retired_at is not None and signed_at > key.retired_at:
        raise BadSignature("it was signed with a key that the centre no longer used then")


def kind_of(token: str) -> str:
    """What a token says it is, not yet proven; empty for what is no token."""
    try:
        kind = jwt.get_unverified_header(token).get("typ")
    except jwt.InvalidTokenError:
        return ""
    return kind if isinstance(kind, str) else ""


def verify(kind: str, token: str, keys: KeySet) -> dict[str, Any]:
    """Check a token of this kind and return its payload, a JSON table.

    Raises UnknownKey and BadSignature.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise BadSignature("this is no signed text of a centre, or a part of it is missing") from (
            None
        )
    if header.get("typ") != kind:
        raise BadSignature(f"this is not a {kind}, but something else that a centre signed")
    kid = header.get("kid")
    key = keys.named(kid) if isinstance(kid, str) else None
    if key is None:
        raise UnknownKey("it was signed with a key that is not among those of this centre")
    if key.revoked:
        raise BadSignature("it was signed with a key that the centre has revoked")
    try:
        half = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key.x + "="))
        content = _JWS.decode_complete(token, half, algorithms=[_ALGORITHM])["payload"]
    except (jwt.InvalidTokenError, ValueError):
        raise BadSignature("its signature does not fit: it was altered, or misread") from None
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise BadSignature("it was signed, but by another program: it cannot be read")
    return payload


def _vouches(voucher: str, key: PublicKey, known: KeySet) -> bool:
    try:
        said = verify(VOUCHER, voucher, known)
    except BadSignature:
        return False
    return said == {"kid": key.kid, "x": key.x}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
