"""What no schema describes: it stays as it was sent, within limits."""

from typing import Any

from scimbridge.scim.datatypes import INTEGERS, Mismatch, check_text
from scimbridge.scim.limits import LIMITS


def keep_unknown(kept: dict[str, Any], name: str, item: Any) -> None:
    """What the schema does not have stays (rule 15 of what real clients need: they read back what they wrote)."""
    try:
        _check_name(name)
        part = _unknown(item, LIMITS.max_depth)
    except Mismatch as mismatch:
        # A name that is refused must not spoil the message that refuses it.
        mismatch.place = f".{name[:100].encode('unicode_escape').decode()}{mismatch.place}"
        raise
    if part is not None:
        kept[name] = part


def _check_name(name: str) -> str:
    if len(name) > LIMITS.max_name:
        raise Mismatch(f"has a name of more than {LIMITS.max_name} characters")
    return check_text(name)


def _unknown(value: Any, depth: int) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return check_text(value)
    if isinstance(value, dict | list):
        if depth == 0:
            raise Mismatch(f"is nested deeper than {LIMITS.max_depth} levels")
        if isinstance(value, list):
            return [kept for item in value if (kept := _unknown(item, depth - 1)) is not None] or None
        return {
            _check_name(name): kept for name, item in value.items() if (kept := _unknown(item, depth - 1)) is not None
        } or None
    if isinstance(value, int) and value not in INTEGERS:
        raise Mismatch("must be an integer of 64 bits")
    return value
