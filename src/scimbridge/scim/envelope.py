"""What every SCIM message has in common: an object whose `schemas` says what it is (RFC 7644 section 3.1)."""

from collections.abc import Mapping
from typing import Any

from scimbridge.scim.errors import InvalidSyntax


def check_message(body: Any, urn: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The message's members under their canonical names: `names` by lower-cased name; others and null are left out.

    `schemas` may be missing: some clients' test calls leave it out, and what is meant is plain from the request. If it
    is there it must hold `urn`, else InvalidSyntax.
    """
    if not isinstance(body, Mapping):
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
    if not isinstance(schemas, list) or not all(isinstance(schema, str) for schema in schemas):
        raise InvalidSyntax('"schemas" must be a list of URNs.')
    if urn.lower() not in [schema.lower() for schema in schemas]:
        raise InvalidSyntax(f'"schemas" must hold "{urn}".')
    return message
