"""Our own server with one fault at a time: something around it that changes what it hears or says.

Each fault is one that a real server has or had, or one that would be easy to make.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

from scimbridge.web.exchange import Exchange, Reply
from scimbridge.web.http.connections import Answer as Answering
from scimbridge.web.http.upload import Incoming

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM = "application/scim+json"


@dataclass(frozen=True, slots=True)
class Ask:
    """`path` is below the SCIM base URL; `body` is JSON, text if it is none, None if there is none."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any = None

    @property
    def filter(self) -> str:
        """The filter of the query, decoded."""
        return unquote_plus(self.query.partition("filter=")[2].partition("&")[0])

    @property
    def operations(self) -> list[dict[str, Any]]:
        """Those of a PATCH."""
        return list(self.body["Operations"]) if self.method == "PATCH" and isinstance(self.body, dict) else []


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any = None

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def but(self, **members: Any) -> "Answer":
        """The same with other members of its body."""
        return replace(self, body=self.body | members)


Server = Callable[[Ask], Awaitable[Answer]]
Fault = Callable[[Ask, Server], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A fault, the suite that finds it, and the title of the purpose that the suite says is broken by it."""

    sentence: str
    suite: str
    purpose: str
    fault: Fault


MUTATIONS: list[Mutation] = []


def mutation(suite: str, purpose: str) -> Callable[[Fault], Fault]:
    def register(fault: Fault) -> Fault:
        assert fault.__doc__, fault
        MUTATIONS.append(Mutation(fault.__doc__, suite, purpose, fault))
        return fault

    return register


def refuse(status: int, detail: str = "no", **more: str) -> Answer:
    return Answer(status, {"content-type": SCIM}, {"schemas": [ERROR], "status": str(status), "detail": detail, **more})


@mutation("okta-wizard", "Create a user")
async def echo_the_password(ask: Ask, server: Server) -> Answer:
    """The reply to a create shows the password."""
    answer = await server(ask)
    if ask.method == "POST" and "password" in (ask.body or {}) and answer.status == 201:
        return answer.but(password=ask.body["password"])
    return answer


@mutation("okta-catalogue", "Create a user")
async def refuse_passwords(ask: Ask, server: Server) -> Answer:
    """A create with a password is refused."""
    return refuse(400) if ask.method == "POST" and "password" in (ask.body or {}) else await server(ask)


@mutation("okta-catalogue", "Create a user")
async def answer_a_create_with_nothing(ask: Ask, server: Server) -> Answer:
    """A create is 201 with an empty body."""
    answer = await server(ask)
    return replace(answer, body=None) if answer.status == 201 else answer


@mutation("okta-password", "Sync a password by PATCH")
async def show_what_was_patched(ask: Ask, server: Server) -> Answer:
    """The reply to a PATCH of the password shows it."""
    answer = await server(ask)
    for operation in ask.operations:
        if isinstance(operation.get("value"), dict) and "password" in operation["value"]:
            return answer.but(password=operation["value"]["password"])
    return answer


@mutation("entra", "Add and remove members")
async def empty_the_group(ask: Ask, server: Server) -> Answer:
    """A remove of members with a list removes all of them."""
    operations = [
        {"op": "remove", "path": "members"} if one["op"].lower() == "remove" and one.get("path") == "members" else one
        for one in ask.operations
    ]
    return await server(replace(ask, body=ask.body | {"Operations": operations}) if operations else ask)


@mutation("security", "Do what was answered with success")
async def remove_nobody(ask: Ask, server: Server) -> Answer:
    """A remove of a member by a filter is answered with success and not done."""
    if any(str(operation.get("path")).startswith("members[") for operation in ask.operations):
        return await server(Ask("GET", ask.path, "", ask.headers))
    return await server(ask)


@mutation("security", "Do what was answered with success")
async def only_add(ask: Ask, server: Server) -> Answer:
    """A replace of members only adds."""
    operations = [
        one | {"op": "add"} if one["op"] == "replace" and one.get("path") == "members" else one
        for one in ask.operations
    ]
    return await server(replace(ask, body=ask.body | {"Operations": operations}) if operations else ask)


@mutation("entra", "Test the connection")
async def find_nothing_is_404(ask: Ask, server: Server) -> Answer:
    """A filter that nobody matches is 404."""
    answer = await server(ask)
    return refuse(404) if ask.filter and answer.status == 200 and answer["totalResults"] == 0 else answer


@mutation("okta-catalogue", "Reactivate a user")
async def hide_the_inactive(ask: Ask, server: Server) -> Answer:
    """Lookups do not find inactive users."""
    return await server(replace(ask, query=ask.query.replace("userName", "active%20eq%20true%20and%20userName")))


@mutation("entra", "Match a user")
async def compare_with_case(ask: Ask, server: Server) -> Answer:
    """A lookup by userName minds the letter case."""
    answer = await server(ask)
    found = re.search(r'userName eq "(.*?)"', ask.filter)
    if found and answer.status == 200 and answer["totalResults"] and answer["Resources"][0]["userName"] != found[1]:
        return answer.but(totalResults=0, itemsPerPage=0, Resources=[])
    return answer


@mutation("entra", "Disable and restore a user")
async def take_false_for_true(ask: Ask, server: Server) -> Answer:
    """The text "False" is read as true."""
    operations = [one | {"value": True} if one.get("value") == "False" else one for one in ask.operations]
    return await server(replace(ask, body=ask.body | {"Operations": operations}) if operations else ask)


@mutation("okta-catalogue", "Deactivate a user")
async def refuse_without_a_path(ask: Ask, server: Server) -> Answer:
    """A PATCH without a path is refused."""
    return refuse(400) if any("path" not in one for one in ask.operations) else await server(ask)


@mutation("okta-catalogue", "Rename a group")
async def refuse_the_own_id(ask: Ask, server: Server) -> Answer:
    """A PATCH whose value holds the group's own id is refused."""
    if any(isinstance(one.get("value"), dict) and "id" in one["value"] for one in ask.operations):
        return refuse(400, scimType="mutability")
    return await server(ask)


@mutation("okta-import", "Say which page it is")
async def repeat_the_count(ask: Ask, server: Server) -> Answer:
    """itemsPerPage is the count that was asked for."""
    answer = await server(ask)
    asked = re.search(r"count=(\d+)", ask.query)
    return answer.but(itemsPerPage=int(asked[1])) if asked and answer.status == 200 else answer


@mutation("okta-import", "Read every page")
async def say_numbers_as_text(ask: Ask, server: Server) -> Answer:
    """totalResults is a text."""
    answer = await server(ask)
    listed = isinstance(answer.body, dict) and "totalResults" in answer.body
    return answer.but(totalResults=str(answer["totalResults"])) if listed else answer


@mutation("okta-catalogue", "Refuse a wrong token")
async def say_errors_in_plain_text(ask: Ask, server: Server) -> Answer:
    """Errors are plain text."""
    answer = await server(ask)
    return replace(answer, headers={"content-type": "text/plain"}, body="No.") if answer.status >= 400 else answer


@mutation("rfc", "Errors")
async def say_status_as_a_number(ask: Ask, server: Server) -> Answer:
    """The status in an Error is a number."""
    answer = await server(ask)
    return answer.but(status=answer.status) if answer.status >= 400 else answer


@mutation("okta-wizard", "Push a group")
async def clash_with_itself(ask: Ask, server: Server) -> Answer:
    """A PUT of a group with its own name is a conflict."""
    if ask.method == "PUT" and ask.path.startswith("/Groups/"):
        there = await server(Ask("GET", ask.path, "", ask.headers))
        if there["displayName"] == ask.body["displayName"]:
            return refuse(409, scimType="uniqueness")
    return await server(ask)


@mutation("okta-wizard", "Push the groups of a reactivated user")
async def write_groups_of_a_user(ask: Ask, server: Server) -> Answer:
    """A PUT of a user with groups: [] takes the user out of all groups."""
    if ask.method == "PUT" and ask.path.startswith("/Users/") and ask.body.get("groups") == []:
        id_ = ask.path.rpartition("/")[2]
        for group in (await server(Ask("GET", ask.path, "", ask.headers))).body.get("groups", []):
            leave = {"Operations": [{"op": "remove", "path": f'members[value eq "{id_}"]'}]}
            await server(Ask("PATCH", f"/Groups/{group['value']}", "", ask.headers | {"content-type": SCIM}, leave))
    return await server(ask)


@mutation("okta-catalogue", "Push a group")
async def clash_with_a_member(ask: Ask, server: Server) -> Answer:
    """Adding a member who is there is a conflict."""
    for operation in ask.operations:
        if operation["op"] == "add" and operation.get("path") == "members":
            there = {
                member["value"] for member in (await server(Ask("GET", ask.path, "", ask.headers))).body["members"]
            }
            if there & {member["value"] for member in operation["value"]}:
                return refuse(409)
    return await server(ask)


@mutation("okta-wizard", "Create a user")
async def drop_external_ids(ask: Ask, server: Server) -> Answer:
    """externalId is not kept."""
    if ask.method in {"POST", "PUT"} and isinstance(ask.body, dict):
        ask = replace(ask, body={name: value for name, value in ask.body.items() if name != "externalId"})
    return await server(ask)


@mutation("okta-wizard", "Change the members of a group")
async def put_only_adds(ask: Ask, server: Server) -> Answer:
    """A PUT of a group keeps the members that it does not list."""
    if ask.method == "PUT" and ask.path.startswith("/Groups/"):
        there = (await server(Ask("GET", ask.path, "", ask.headers))).body.get("members", [])
        known = {member["value"]: {"value": member["value"]} for member in (*there, *ask.body["members"])}
        ask = replace(ask, body=ask.body | {"members": list(known.values())})
    return await server(ask)


@mutation("security", "Refuse who does not say who they are")
async def take_any_token(ask: Ask, server: Server) -> Answer:
    """A wrong token is as good as a right one."""
    return await server(replace(ask, headers=ask.headers | {"authorization": ask.headers["x-good"]}))


@mutation("security", "Keep tenants apart")
async def take_the_other_token(ask: Ask, server: Server) -> Answer:
    """The token of another tenant is good here too."""
    if ask.headers.get("authorization") == ask.headers["x-other"]:
        ask = replace(ask, headers=ask.headers | {"authorization": ask.headers["x-good"]})
    return await server(ask)


@mutation("google", "Look a user up")
async def want_scim_json(ask: Ask, server: Server) -> Answer:
    """application/json is refused."""
    return refuse(415) if ask.headers.get("content-type") == "application/json" else await server(ask)


@mutation("onelogin", "Look a user up")
async def keep_the_plus(ask: Ask, server: Server) -> Answer:
    """A + in the query stays a +."""
    return await server(replace(ask, query=ask.query.replace("+", "%2B")))


@mutation("entra", "Provision a group")
async def refuse_unknown_schemas(ask: Ask, server: Server) -> Answer:
    """A schema that is not known is refused."""
    if any("microsoft" in urn for urn in (ask.body or {}).get("schemas", ())):
        return refuse(400, scimType="invalidValue")
    return await server(ask)


@mutation("jumpcloud", "Update a user")
async def refuse_null(ask: Ask, server: Server) -> Answer:
    """null is refused."""
    return refuse(400) if isinstance(ask.body, dict) and None in ask.body.values() else await server(ask)


@mutation("entra-validator", "Delete a user")
async def delete_twice(ask: Ask, server: Server) -> Answer:
    """Deleting what is not there is a success."""
    answer = await server(ask)
    return Answer(204, {}) if ask.method == "DELETE" and answer.status == 404 else answer


@mutation("entra", "Provision a group")
async def always_send_members(ask: Ask, server: Server) -> Answer:
    """excludedAttributes is not honoured."""
    return await server(replace(ask, query=ask.query.replace("excludedAttributes", "ignored")))


@mutation("rfc", "PATCH")
async def stop_half_way(ask: Ask, server: Server) -> Answer:
    """The operations of a PATCH are done one after the other until one fails."""
    for operation in ask.operations:
        answer = await server(replace(ask, body=ask.body | {"Operations": [operation]}))
        if answer.status >= 400:
            return answer
    return await server(ask) if not ask.operations else answer


@mutation("entra-validator", "Set, change and remove the manager")
async def keep_the_manager(ask: Ask, server: Server) -> Answer:
    """An empty manager is no manager to write, and the old one stays."""
    if any(one.get("value") == {"value": ""} for one in ask.operations):
        return await server(Ask("GET", ask.path, "", ask.headers))
    return await server(ask)


@mutation("ping", "Create a user")
async def always_create_active(ask: Ask, server: Server) -> Answer:
    """A create ignores active: false."""
    if ask.method == "POST" and (ask.body or {}).get("active") is False:
        ask = replace(ask, body=ask.body | {"active": True})
    return await server(ask)


@mutation("entra-flag", "Change attributes")
async def drop_dotted_keys(ask: Ask, server: Server) -> Answer:
    """A key with a dot in a PATCH without a path is ignored."""
    operations = [
        one | {"value": {name: value for name, value in one["value"].items() if "name." not in name}}
        if "path" not in one and isinstance(one.get("value"), dict)
        else one
        for one in ask.operations
    ]
    return await server(replace(ask, body=ask.body | {"Operations": operations}) if operations else ask)


@mutation("security", "Say errors without giving anything away")
async def fail_on_an_unknown_member(ask: Ask, server: Server) -> Answer:
    """A member who is not there is an internal error with a stack trace."""
    members = ask.body.get("members", ()) if isinstance(ask.body, dict) else ()
    unknown = any(member["value"].endswith("nobody") for member in members)
    return refuse(500, "Traceback (most recent call last)") if unknown else await server(ask)


class Mutant:
    """The server with a fault; it tells the fault both tenants' tokens, so that it can mix them up."""

    def __init__(self, answer: Answering, base: str, fault: Fault, good: str, other: str) -> None:
        self._answer, self._base, self._fault = answer, base, fault
        self._tokens = {"x-good": good, "x-other": other}

    async def answer(self, exchange: Exchange) -> Reply:
        if not exchange.path.startswith(self._base.encode()):  # the token endpoint
            return await self._answer(exchange)
        path = exchange.path.decode().removeprefix(self._base)
        headers = {name.decode(): value.decode() for name, value in exchange.headers.items()} | self._tokens
        ask = Ask(exchange.method, path, exchange.query.decode(), headers, _parse(await _read(exchange)))

        async def server(asked: Ask) -> Answer:
            return await self._serve(exchange, asked)

        answer = await self._fault(ask, server)
        kept = [(name.encode(), value.encode()) for name, value in answer.headers.items() if name != "content-type"]
        return Reply(answer.status, _encode(answer.body), kept, answer.headers.get("content-type", SCIM).encode())

    async def _serve(self, exchange: Exchange, ask: Ask) -> Answer:
        content = _encode(ask.body)
        sent = {name: value for name, value in ask.headers.items() if name not in self._tokens}
        sent["content-length"] = str(len(content))
        upload = Incoming(None, lambda: None)
        upload.add(content)
        upload.end()
        target = f"{self._base}{ask.path}?{ask.query}".encode()
        headers = {name.encode(): value.encode() for name, value in sent.items()}
        reply = await self._answer(Exchange(exchange.line, ask.method, target, headers, upload))
        answered = {name.decode(): value.decode() for name, value in reply.headers}
        return Answer(reply.status, answered | {"content-type": reply.content_type.decode()}, _parse(reply.body))


async def _read(exchange: Exchange) -> bytes:
    body, more = b"", True
    while more:
        piece, more = await exchange.upload.receive()
        body += piece
    return body


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode()


def _encode(body: Any) -> bytes:
    return b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
