"""What a target's good replies mean: a resource, or a page of a list. Refusals have a module of their own."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import orjson

from scimbridge.provisioning.errors import TargetMisbehaved
from scimbridge.provisioning.target import Reply
from scimbridge.scim.errors import ERROR_SCHEMA

_MOST_WORDS: Final = 300
_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


class Page(NamedTuple):
    """A page of a list: how many match in all, and those that are on it."""

    total: int
    resources: Sequence[dict[str, Any]]


def is_good(reply: Reply) -> bool:
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def is_missing(reply: Reply) -> bool:
    return reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


def is_scim_error(reply: Reply) -> bool:
    """Whether a SCIM server refuses, and not what stands in its place."""
    schemas = read_document(reply).get("schemas")
    return isinstance(schemas, list) and ERROR_SCHEMA in schemas


def read_resource(reply: Reply, what: str, id: str = "") -> dict[str, Any]:  # noqa: A002
    """The resource in a good reply to `what`, such as "GET /Users"; `id` is the one that was asked for.

    A password in it, which some servers echo, is taken out. Raises TargetMisbehaved.
    """
    document = _object(reply, what)
    found = document.get("id")
    if isinstance(found, int):  # a text by RFC 7643, a number for some databases
        found = document["id"] = str(found)
    if not isinstance(found, str) or not found.strip("."):
        raise TargetMisbehaved(f"{what} was answered {phrase(reply)} with a resource that has no id.")
    if id and found != id:
        raise TargetMisbehaved(f"{what} was to answer with the resource {id!r}, and has {found!r}.")
    document.pop("password", None)
    return document


def read_page(reply: Reply, what: str) -> Page:
    """Raises TargetMisbehaved."""
    document = _object(reply, what)
    if "totalResults" not in document:  # some write all names in lower case
        lowered = {name.lower(): value for name, value in document.items()}
        document = {"totalResults": lowered.get("totalresults"), "Resources": lowered.get("resources")}
    total, resources = document["totalResults"], document.get("Resources") or []
    if isinstance(total, str) and total.isdecimal():
        total = int(total)
    if not isinstance(total, int) or not isinstance(resources, list):
        raise TargetMisbehaved(f"{what} was answered {phrase(reply)} with JSON that is no SCIM list.")
    if not all(isinstance(resource, dict) and _has_id(resource) for resource in resources):
        raise TargetMisbehaved(f"{what} was answered with a list that has resources without an id.")
    return Page(total, resources)


def phrase(reply: Reply) -> str:
    """Its status as HTTP writes it, such as "404 Not Found"."""
    try:
        return f"{reply.status} {HTTPStatus(reply.status).phrase}"
    except ValueError:
        return str(reply.status)


def read_document(reply: Reply) -> dict[str, Any]:
    """The JSON object of a reply, {} if it has none."""
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def is_web_page(reply: Reply) -> bool:
    return reply.body.lstrip()[:1] == b"<"


def web_page(reply: Reply) -> str:
    """What it is, with its title: a sign-in page in the way is known by it."""
    title = _TITLE.search(reply.body)
    name = one_line(title[1].decode(errors="replace")) if title else ""
    return f'an HTML page, "{name}"' if name else "an HTML page"


def one_line(text: str) -> str:
    """Without control characters: the target's words end up on terminals and in logs."""
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * _MOST_WORDS])
    line = " ".join(line.split())
    return (line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}...").rstrip(".")


def _object(reply: Reply, what: str) -> dict[str, Any]:
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        found = "nothing" if not reply.body.strip() else web_page(reply) if is_web_page(reply) else "what is no JSON"
        raise TargetMisbehaved(f"{what} was answered {phrase(reply)} with {found}.") from None
    if not isinstance(document, dict):
        raise TargetMisbehaved(f"{what} was answered {phrase(reply)} with JSON that is no object.")
    return document


def _has_id(resource: dict[str, Any]) -> bool:
    if isinstance(resource.get("id"), int):
        resource["id"] = str(resource["id"])
    return isinstance(resource.get("id"), str) and bool(resource["id"].strip("."))
