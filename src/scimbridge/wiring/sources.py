"""The time, ids, secrets and keys of a real process."""

import asyncio
import os
import secrets
import time
from datetime import UTC, datetime

from joserfc.jwk import RSAKey

# What Keycloak signs with; 3072 would cost three times as much a signature and lasts beyond any token.
_KEY_BITS = 2048


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562 section 5.7): ids made one after the other stand side by side in an index.

    With random ones the index of 10,000 users is written all over: a create takes a third longer in the writer.
    """
    milliseconds, chance = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10))
    digits = (
        f"{milliseconds:012x}7{chance >> 68:03x}{0x8000 | (chance >> 48) & 0x3FFF:04x}{chance & 0xFFFFFFFFFFFF:012x}"
    )
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_secret() -> str:
    """256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


async def new_key() -> str:
    """A private RSA key in PEM, made beside the event loop: finding primes takes 50 to 500 ms."""
    key = await asyncio.to_thread(RSAKey.generate_key, _KEY_BITS, private=True)
    return key.as_pem(private=True).decode()
