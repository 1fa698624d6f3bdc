"""Makes a suite of what a client was heard saying to a server: secrets and what is personal replaced."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scimbridge.interop.credentials import NONE, WRONG
from scimbridge.interop.heard import TYPE, Heard, common_headers, in_flight_together, spoken_headers
from scimbridge.interop.pseudonyms import Pseudonyms

_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_OK, _CREATED, _NO_CONTENT, _UNAUTHENTICATED = 200, 201, 204, 401
# A part of a name, or an order, is lost with the name.
_INEXACT = re.compile(r"(?:\+|%20| )(?:co|sw|ew|gt|ge|lt|le)(?:\+|%20| )", re.IGNORECASE)
# Endpoints below which no id stands.
_WORDS = frozenset({"Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk", "Me"})
# What of a resource is checked when the recording is played.
_CHECKED = ("userName", "externalId", "displayName", "active")


def make_suite(heard: Sequence[Heard], name: str, day: str) -> dict[str, Any]:
    """The document of a suite; `day` is when it was recorded."""
    ordered = sorted(heard, key=lambda each: each.started)
    common = common_headers(ordered)
    writer = _Writer(common)
    together = in_flight_together(ordered)
    steps = [writer.step(number, each, together.get(number)) for number, each in enumerate(ordered, 1)]
    return {
        "name": name,
        "client": common.get("User-Agent", ""),
        "evidence": f"RECORDED with scimbridge record on {day}; secrets and personal values are replaced.",
        "defaultHeaders": {_mark(header): value for header, value in common.items()},
        "steps": steps,
    }


class _Writer:
    """Writes step after step, as later ones refer to what the replies to earlier ones have given."""

    def __init__(self, common: Mapping[str, str]) -> None:
        self._common = common
        self._pseudonyms = Pseudonyms()
        self._counts: Counter[str] = Counter()
        self._read: dict[str, tuple[int, dict[str, Any]]] = {}

    def step(self, number: int, heard: Heard, together: Sequence[int] | None) -> dict[str, Any]:
        path, _, query = heard.target.partition("?")
        body = _json(heard.request.body)
        request: dict[str, Any] = {"method": heard.request.method, "path": self._path(path)}
        if query:
            request["query"] = self._pseudonyms.query(query)
        request |= self._headers(heard)
        if body is not None:
            request |= self._body(path, heard.request.method, body)
        known = not path.strip("/").partition("/")[2] or "${" in request["path"] or _is_word(path)
        save = dict(self._save(path, heard))
        step: dict[str, Any] = {"n": number, "note": _note(heard.request.method, path, query)}
        if not known and heard.reply.status < 400:  # noqa: PLR2004
            step |= {"note": f"{step['note']} (of what was there before the recording)", "required": False}
        step |= {"request": request, "expect": self._expect(heard, query)}
        if save:
            step["save"] = save
        if together:
            step["parallelWith"] = list(together)
        self._remember(number, path, heard)
        return step

    def _path(self, path: str) -> str:
        if _is_word(path):
            return path
        first, *rest = path.strip("/").split("/")
        return "/".join(["", first, *(part if part == ".search" else self._pseudonyms.segment(part) for part in rest)])

    def _headers(self, heard: Heard) -> dict[str, Any]:
        sent = spoken_headers(heard.request)
        own = {name: value for name, value in sent.items() if self._common.get(name) != value}
        described: dict[str, Any] = {"headers": own} if own else {}
        if heard.reply.status == _UNAUTHENTICATED:
            given = "authorization" in {name.lower() for name in heard.request.headers}
            described["credential"] = WRONG if given else NONE
        return described

    def _body(self, path: str, method: str, body: Any) -> dict[str, Any]:
        """A PUT of what was read before is told as that: it carries the server's own values."""
        number, read = self._read.get(path, (0, {}))
        if method == "PUT" and isinstance(body, dict) and read and read.keys() <= body.keys() and "meta" in body:
            changed = {name: value for name, value in body.items() if value != read.get(name)}
            return {"bodyFrom": {"step": number, "set": self._pseudonyms.value(changed)}}
        return {"body": self._pseudonyms.value(body)}

    def _save(self, path: str, heard: Heard) -> Iterator[tuple[str, str]]:
        """Names for the ids that are first seen in this reply."""
        document = _json(heard.reply.body)
        if not isinstance(document, dict) or heard.reply.status not in {_OK, _CREATED}:
            return
        kind = path.strip("/").partition("/")[0].rstrip("s").lower() or "resource"
        found = [("id", document.get("id"))] if heard.request.method == "POST" and "Resources" not in document else []
        found += [
            (f"Resources[{index}].id", resource.get("id"))
            for index, resource in enumerate(document.get("Resources") or [])
            if isinstance(resource, dict) and "?filter=" in heard.target.replace("&", "?")
        ]
        for place, id_ in found:
            if isinstance(id_, str) and id_ not in self._pseudonyms.variables:
                self._counts[kind] += 1
                name = self._pseudonyms.variables[id_] = f"{kind}{self._counts[kind]}"
                yield name, place

    def _expect(self, heard: Heard, query: str) -> dict[str, Any]:
        status = heard.reply.status
        # What a PATCH is answered with is the server's choice (RFC 7644 section 3.5.2).
        patched = heard.request.method == "PATCH" and status in {_OK, _NO_CONTENT}
        expect: dict[str, Any] = {"status": [_OK, _NO_CONTENT] if patched else [status]}
        document = _json(heard.reply.body)
        if isinstance(document, dict):
            expect["json"] = list(self._rows(document, query, created=status == _CREATED))
        return expect

    def _rows(self, document: Mapping[str, Any], query: str, *, created: bool) -> Iterator[list[Any]]:
        if _ERROR in (document.get("schemas") or ()):
            yield ["schemas", "contains", _ERROR]
            return
        if "totalResults" in document:
            exact = "filter=" in query and not _INEXACT.search(query)
            yield ["totalResults", "equals", document["totalResults"]] if exact else ["totalResults", "isInteger"]
            return
        if created:
            yield ["id", "notEmpty"]
        elif isinstance(id_ := document.get("id"), str) and id_ in self._pseudonyms.variables:
            yield ["id", "equals", self._pseudonyms.text(id_)]
        for name in _CHECKED:
            if name in document:
                yield [name, "equals", self._pseudonyms.value(document[name], name)]
        members = [str(member.get("value")) for member in document.get("members") or () if isinstance(member, dict)]
        if members and all(member in self._pseudonyms.variables for member in members):
            yield ["members[*].value", "setEquals", [self._pseudonyms.text(member) for member in members]]

    def _remember(self, number: int, path: str, heard: Heard) -> None:
        document = _json(heard.reply.body)
        if heard.request.method == "GET" and heard.reply.status == _OK and isinstance(document, dict):
            self._read[path] = number, document


def _mark(header: str) -> str:
    return f"{header} (only when there is a body)" if header == TYPE else header


def _is_word(path: str) -> bool:
    return path.strip("/").partition("/")[0] in _WORDS


def _note(method: str, path: str, query: str) -> str:
    kind = path.strip("/").partition("/")[0] or "everything"
    one = bool(path.strip("/").partition("/")[2])
    if method == "GET":
        return f"{'read' if one else 'look up' if 'filter=' in query else 'list'} {kind}"
    return f"{ {'POST': 'create', 'PUT': 'replace', 'PATCH': 'change', 'DELETE': 'delete'}.get(method, method) } {kind}"


def _json(body: bytes | None) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
