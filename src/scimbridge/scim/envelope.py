"""What every SCIM message has in common: an object whose `schemas` says what it is (RFC 7644 section 3.1)."""

from collections.abc import Mapping
from typing import Any

from scimbridge.scim.errors import InvalidSyntax


def check_message(body: Any, urn: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The message's members under their canonical names: `names` by lower-cased name; others and null are left out.

    `schemas` may be missing: some clients' test calls leave it out, and what is meant is plain from the request. If it
    is there it must hold `urn`, else InvalidSyntax.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    message: dict[str, Any] = {}
    for sent, value in body.items():
        name = "schemas" if sent.lower() == "schemas" else names.get(sent.lower())
        if name is None or value is None:
            continue
        if name in message:
            raise InvalidSyntax(f'The message has "{name}" twice, in different spelling.')
        message[name] = value
    schemas = message.pop("schemas", [urn])
    if not isinstance(schemas, list) or not (urn in schemas or _holds(schemas, urn)):
        raise InvalidSyntax(f'"schemas" must be a list that holds "{urn}".')
    return message


def _holds(schemas: list[Any], urn: str) -> bool:
    """URNs compare without regard to case (RFC 8141 section 3.1, as far as SCIM's go)."""
    return any(isinstance(schema, str) and schema.lower() == urn.lower() for schema in schemas)
