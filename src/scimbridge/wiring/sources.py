"""The time, ids, secrets and keys of a real process."""

import asyncio
import secrets
import uuid
from datetime import UTC, datetime

from joserfc.jwk import RSAKey

# What Keycloak signs with; 3072 would cost three times as much a signature and lasts beyond any token.
_KEY_BITS = 2048


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def new_secret() -> str:
    """256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


async def new_key() -> str:
    """A private RSA key in PEM, made beside the event loop: finding primes takes 50 to 500 ms."""
    key = await asyncio.to_thread(RSAKey.generate_key, _KEY_BITS, private=True)
    return key.as_pem(private=True).decode()
