"""Random credentials: how they look, what is stored of them, how their rotation overlaps."""

import hashlib
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final
from urllib.parse import unquote_plus

from scimbridge.access.ports import Client, RealmAccess, Secret

# Tells a static token from a JWT at first sight, and lets scanners of leaked secrets find it.
TOKEN_PREFIX: Final = "sb_"  # noqa: S105 (no secret)


def digest(credential: str) -> str:
    """The SHA-256 that is stored in place of a credential, in hexadecimal."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()


def find_secret(secrets: Iterable[Secret], hash: str) -> Secret | None:  # noqa: A002
    """The secret with this hash, good or not; compares in constant time."""
    return next((secret for secret in secrets if compare_digest(secret.hash, hash)), None)


def rotate(secrets: Iterable[Secret], new: Secret, overlap: timedelta, now: datetime) -> tuple[Secret, ...]:
    """The new secret, then the old ones that are still good; they end `overlap` from now, or earlier if they did."""
    end = now + overlap
    kept = (
        replace(old, expires=end if old.expires is None else min(end, old.expires)) for old in secrets if old.good(now)
    )
    return (new, *(old for old in kept if old.good(now)))


def check_client(access: RealmAccess, client_id: str, secret: str, now: datetime) -> tuple[Client, Secret] | None:
    """The enabled client that proves itself with one of its good secrets, and that secret."""
    hash_ = digest(secret)
    client = access.client(client_id)
    if client is None or not client.enabled:
        return None
    found = find_secret(client.secrets, hash_)
    return (client, found) if found and found.good(now) else None


def read_basic(credentials: str) -> list[tuple[str, str]]:
    """What `Basic <credentials>` may mean, most likely first; empty if it is malformed.

    As it stands, and form-urlencoded: RFC 6749 section 2.3.1 wants the latter for client ids, and half the clients
    do it.
    """
    try:
        text = b64decode(credentials, validate=True).decode()
    except ValueError:
        return []
    name, colon, secret = text.partition(":")
    if not colon:
        return []
    plain, decoded = (name, secret), (unquote_plus(name), unquote_plus(secret))
    return [plain] if plain == decoded else [plain, decoded]
