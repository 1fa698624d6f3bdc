"""Readers of single settings: a raw value from a flag, the environment or TOML in, the typed value out.

Each raises ValueError with the end of a sentence that begins with the name of the setting.
"""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Read = Callable[[Any], Any]

SCIM_API = "scim-api"
FEATURES = (SCIM_API,)

_WORDS = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
_LONGEST = 3600  # seconds


def read_text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("must be a text that is not empty")
    return raw.strip()


def read_path(raw: Any) -> Path:
    return Path(read_text(raw)).expanduser()


def read_switch(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str) or raw.strip().lower() not in _WORDS:
        raise ValueError("must be true or false")
    return _WORDS[raw.strip().lower()]


def read_number(least: int, most: int) -> Read:
    def read(raw: Any) -> int:
        try:
            number = int(raw) if isinstance(raw, str) else raw
        except ValueError:
            number = None
        if type(number) is not int or not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return read


def read_seconds(raw: Any) -> float:
    try:
        seconds = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _LONGEST:
        raise ValueError(f"must be a number of seconds, more than 0 and at most {_LONGEST}")
    return seconds


def read_choice(*words: str) -> Read:
    def read(raw: Any) -> str:
        if not isinstance(raw, str) or raw.strip().lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return raw.strip().lower()

    return read


def read_features(raw: Any) -> frozenset[str]:
    names = frozenset(_words(raw))
    if unknown := names - set(FEATURES):
        raise ValueError(f"has no feature {', '.join(sorted(unknown))}; there is {', '.join(FEATURES)}")
    return names


def read_networks(raw: Any) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(word) for word in _words(raw))
    except ValueError as error:
        raise ValueError(f"must list IP addresses or networks such as 10.0.0.0/8: {error}") from None


def read_public_url(raw: Any) -> str:
    """A public URL without its trailing slash; a bare host name means HTTPS on it."""
    text = read_text(raw).rstrip("/")
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or any(c.isspace() for c in url):
        raise ValueError("must be a host name or an http(s) URL such as https://scim.example.com")
    return url


def _words(raw: Any) -> list[str]:
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("must be a comma-separated text or a list of texts")
    return [part.strip() for part in parts if part.strip()]
