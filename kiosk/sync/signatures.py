"""What the centre signs: compact JWS (RFC 7515) with Ed25519 (RFC 8037), its keys as a JWKS (pure).

The header names the key (``kid``) and what was signed (``typ``), so that a token of one kind is
never taken for another.
"""

import base64
import hashlib
import json
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.sync.contract import UnreadableDocument, fields_at_fault

KEYS_PATH = "/v1/keys"
KEYS_MEDIA_TYPE = "application/jwk-set+json"

_ALGORITHM = "EdDSA"
_KID_LENGTH = 8
_JWS = jwt.PyJWS(algorithms=[_ALGORITHM])


class BadSignature(Exception):
    """A token is not what the centre signed; the message says in words what does not fit."""


class UnknownKey(BadSignature):
    """None of the keys at hand made it: fetch the centre's keys anew, and look again."""


class PublicKey(BaseModel):
    """A JWK (RFC 7517, RFC 8037 section 2)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    kid: str = Field(min_length=1, max_length=64)
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"


class KeySet(BaseModel):
    """A JWK set (RFC 7517 section 5): the key in use and the former ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    keys: tuple[PublicKey, ...] = Field(max_length=100)

    def named(self, kid: str) -> PublicKey | None:
        """The key of this name, or None."""
        return next((key for key in self.keys if key.kid == kid), None)


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


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
