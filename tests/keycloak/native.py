"""Keycloak's own SCIM server in memory, answering as 26.7.4 did; test_native_scim holds it to the real one."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from scimbridge.provisioning.target import Reply, Request

VERSION = "26.7.4"
KEPT = ("userName", "name", "active", "emails")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_TAKEN = "A resource with the same unique attribute already exists"
_OPERATION = re.compile(r'members\[value eq "(.*)"\]')


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, detail: str, scim_type: str | None = "invalidSyntax") -> None:
        super().__init__(detail)
        self.status = status
        kind = {"scimType": scim_type} if scim_type else {}
        self.body = {"schemas": [_ERROR], "status": str(status), **kind, "detail": detail}


class NativeScim:
    """Fulfils Transport. `requests` has what came, as method, path and body."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self._resources: dict[str, dict[str, dict[str, Any]]] = {"Users": {}, "Groups": {}}
        self._members: dict[str, dict[str, None]] = {}

    async def send(self, request: Request) -> Reply:
        self.requests.append((request.method, request.path, request.body))
        try:
            status, body = self._answer(request)
        except Refused as refused:
            status, body = refused.status, refused.body
        return Reply(status, orjson.dumps(body) if body is not None else b"", {})

    async def close(self) -> None:
        return

    def _answer(self, request: Request) -> tuple[int, Any]:
        _, kind, *id_ = request.path.split("/")
        query = parse_qs(request.query)
        if not id_:
            return (
                (201, self._create(kind, request.body)) if request.method == "POST" else (200, self._list(kind, query))
            )
        found = self._resources[kind].get(id_[0])
        if found is None:
            raise Refused(404, f"Resource not found with id {id_[0]}", None)
        if request.method == "DELETE":
            del self._resources[kind][id_[0]]
            for members in self._members.values():
                members.pop(id_[0], None)
            return 204, None
        if request.method == "PATCH":
            self._patch(kind, found, request.body["Operations"])
        return 200, self._shown(kind, found, query.get("attributes", [""])[0])

    def _create(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if kind == "Users":
            for name, present in {
                "lastName": body.get("name", {}).get("familyName"),
                "email": body.get("emails"),
            }.items():
                if not present:
                    raise Refused(400, f"Please specify {name}.")
        elif body.get("members"):
            raise Refused(400, "Managing members on updates are not supported")
        naming = "userName" if kind == "Users" else "displayName"
        if any(other[naming].lower() == body[naming].lower() for other in self._resources[kind].values()):
            raise Refused(409, _TAKEN, "uniqueness")
        made = {"id": f"{kind.lower()}-{len(self.requests)}"}
        kept = KEPT if kind == "Users" else ("displayName", "externalId")
        stored = {name: value for name, value in body.items() if name in kept} | {"schemas": body["schemas"][:1]} | made
        self._resources[kind][made["id"]] = self._lowered(stored)
        return {**body, **made}  # an echo, the password in it

    @staticmethod
    def _lowered(stored: dict[str, Any]) -> dict[str, Any]:
        if "userName" in stored:
            stored["userName"] = stored["userName"].lower()
            address = stored["emails"][0]["value"].lower()
            stored["emails"] = [{"value": address, "type": "work", "primary": True}]
        return stored

    def _list(self, kind: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        found = list(self._resources[kind].values())
        if "filter" in query:
            name, _, value = query["filter"][0].partition(" eq ")
            wanted = orjson.loads(value).lower()
            found = [item for item in found if str(item.get(name, "")).lower() == wanted]
        start = int(query["startIndex"][0]) - 1
        page = found[start : start + min(int(query["count"][0]), 100)]
        return {
            "schemas": [_LIST],
            "totalResults": len(found),
            "Resources": [self._shown(kind, item, "") for item in page],
            "startIndex": start + 1,
            "itemsPerPage": len(page),
        }

    def _patch(self, kind: str, found: dict[str, Any], operations: list[dict[str, Any]]) -> None:
        for operation in operations:
            path = operation["path"]
            if path.startswith("members"):
                self._patch_members(found["id"], operation)
            elif path.partition(".")[0] in (KEPT if kind == "Users" else ("displayName",)):
                head, _, sub = path.partition(".")
                place = found.setdefault(head, {}) if sub else found
                place.pop(sub or head, None)
                if operation["op"] != "remove":
                    place[sub or head] = operation["value"]
        self._lowered(found)

    def _patch_members(self, group: str, operation: dict[str, Any]) -> None:
        """A replacement only adds; only the removal by a filter removes."""
        members = self._members.setdefault(group, {})
        if operation["op"] == "remove":
            meant = _OPERATION.fullmatch(operation["path"])
            if meant is not None:
                self._known(meant[1])
                members.pop(meant[1], None)
            return
        for member in operation["value"]:
            self._known(member["value"])
            members[member["value"]] = None

    def _known(self, user: str) -> None:
        if user not in self._resources["Users"]:
            raise Refused(400, f"User with id {user} not found")

    def _shown(self, kind: str, found: dict[str, Any], attributes: str) -> dict[str, Any]:
        shown = {name: value for name, value in found.items() if value not in ({}, [])}
        members = self._members.get(found["id"]) if "members" in attributes and kind == "Groups" else None
        if members:
            shown["members"] = [{"value": id_, "display": "someone", "type": "User"} for id_ in members]
        return shown
