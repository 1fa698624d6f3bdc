"""What people ask of a SCIM server: each question is answered by what the server does, not by what it says."""

from collections.abc import Mapping, Sequence

from scimbridge.interop.contact import BARE, BASIC, OAUTH2, STATIC
from scimbridge.interop.expectation import Expectation
from scimbridge.interop.probes import Broken, Probe, Question, document, member

_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_OK, _NOT_MODIFIED = 200, 304
_Answer = tuple[bool | None, str]
_YES = True, "yes"


def _opens(way: str) -> Question:
    async def ask(probe: Probe) -> _Answer:
        async for name, opens in probe.contact.ways(probe.client):
            if name == way:
                return opens, "yes" if opens else "no"
        return None, "not tried"

    return ask


async def _take_password(probe: Probe) -> _Answer:
    """Okta puts a password into every create, also with password sync off."""
    await probe.make("a create with it", "/Users", probe.user("password") | {"password": _password(probe)})
    return _YES


async def _store_password(probe: Probe) -> _Answer:
    user = probe.user("sign-in")
    await probe.make("a create with it", "/Users", user | {"password": _password(probe)})
    signs_in = await probe.contact.signs_in(probe.client, user["userName"], _password(probe))
    if signs_in is None:
        return None, "not tried: no way to sign in was given"
    return signs_in, "yes: it signs in" if signs_in else "no: it does not sign in"


async def _hide_password(probe: Probe) -> _Answer:
    word = _password(probe)
    created = await probe.send("POST", "/Users", probe.user("echo") | {"password": word})
    shown = word.encode() in created.body
    return not shown, "no: it stands in clear in the answer" if shown else "yes"


async def _look_up(probe: Probe) -> _Answer:
    user = probe.user("lookup")
    await probe.make("a create", "/Users", user)
    for name, what in ((user["userName"], "it"), (user["userName"].upper(), "it in capitals")):
        if (await probe.find("Users", f'userName eq "{name}"')).get("totalResults") != 1:
            raise Broken(f"a lookup of {what} does not find the user")
    if (await probe.find("Users", f'userName eq "nobody@{probe.tag}.example.test"')).get("totalResults") != 0:
        raise Broken("a lookup of nobody finds somebody")
    return _YES


async def _update(probe: Probe) -> _Answer:
    path = await probe.make("a create", "/Users", probe.user("update"))
    read = await probe.ask("a read", "GET", path)
    changed = read | {"name": {"givenName": "Changed", "familyName": "Update"}, "title": "Boss"}
    await probe.ask("a PUT of what was read", "PUT", path, changed)
    await probe.check(path, Expectation("name.givenName", "equals", "Changed"), Expectation("title", "equals", "Boss"))
    return _YES


def _set_active(*states: bool) -> Question:
    async def ask(probe: Probe) -> _Answer:
        user = probe.user("active")
        path = await probe.make("a create", "/Users", user)
        for active in states:
            await probe.patch("a PATCH of active", path, {"op": "replace", "value": {"active": active}})
            await probe.check(path, Expectation("active", "equals", active))
        if (await probe.find("Users", f'userName eq "{user["userName"]}"')).get("totalResults") != 1:
            raise Broken("a lookup does not find the user any more")
        return _YES

    return ask


async def _rename(probe: Probe) -> _Answer:
    path = await probe.make("a create", "/Users", probe.user("before"))
    name = f"after@{probe.tag}.example.test"
    read = await probe.ask("a read", "GET", path)
    await probe.ask("a PUT with another userName", "PUT", path, read | {"userName": name})
    await probe.check(path, Expectation("userName", "equals", name))
    return _YES


async def _keep_external_id(probe: Probe) -> _Answer:
    user = probe.user("external")
    path = await probe.make("a create", "/Users", user)
    await probe.check(path, Expectation("externalId", "equals", user["externalId"]))
    found = await probe.find("Users", f'externalId eq "{user["externalId"]}"')
    if found.get("totalResults") != 1:
        raise Broken("it is kept, and a lookup by it does not find the user")
    return _YES


async def _keep_phones(probe: Probe) -> _Answer:
    phones = [{"value": "+1 555 0100", "type": "work"}, {"value": "+1 555 0101", "type": "mobile"}]
    path = await probe.make("a create with them", "/Users", probe.user("phones") | {"phoneNumbers": phones})
    await probe.check(path, Expectation("phoneNumbers[*].value", "setEquals", [phone["value"] for phone in phones]))
    return _YES


async def _put_groups(probe: Probe) -> _Answer:
    one, two = [await probe.make("a user", "/Users", probe.user(name)) for name in ("one", "two")]
    path = await probe.make("a create with members", "/Groups", probe.group(one))
    await _check_members(probe, path, "a create with members", one)
    await probe.ask("a PUT with members", "PUT", path, probe.group(two) | {"id": path.rpartition("/")[2]})
    await _check_members(probe, path, "a PUT with members", two)
    return _YES


async def _patch_groups(probe: Probe) -> _Answer:
    one, two, three = [await probe.make("a user", "/Users", probe.user(name)) for name in ("one", "two", "three")]
    path = await probe.make("a create", "/Groups", {k: v for k, v in probe.group().items() if k != "members"})
    add = {"op": "add", "path": "members", "value": [member(one), member(two)]}
    await probe.patch("adding members", path, add)
    await _check_members(probe, path, "adding members", one, two)
    replace = {"op": "replace", "path": "members", "value": [member(two), member(three)]}
    await probe.patch("replacing all members", path, replace)
    await _check_members(probe, path, "replacing all members", two, three)
    await probe.patch("removing as Entra ID does", path, {"op": "remove", "path": "members", "value": [member(three)]})
    await _check_members(probe, path, "removing as Entra ID does", two)
    listed = f'members[value eq "{member(two)["value"]}"]'
    await probe.patch("removing as Okta does", path, {"op": "remove", "path": listed})
    await _check_members(probe, path, "removing as Okta does")
    return _YES


async def _page(probe: Probe) -> _Answer:
    for name in ("one", "two", "three"):
        await probe.make("a user", "/Users", probe.user(name))
    pages = [await probe.ask("a page", "GET", f"/Users?startIndex={start}&count=1") for start in (1, 2, 3)]
    total = pages[0].get("totalResults")
    if type(total) is not int or total < len(pages):
        raise Broken(f"totalResults is {total!r}")
    if any(len(page.get("Resources") or ()) != 1 or page.get("itemsPerPage") != 1 for page in pages):
        raise Broken("a page of one holds another number")
    if len({page["Resources"][0].get("id") for page in pages}) != len(pages):
        raise Broken("the same user stands on two pages")
    past = await probe.ask("a page past the end", "GET", f"/Users?startIndex={total + 1000}&count=1")
    if past.get("Resources"):
        raise Broken("a page past the end holds users")
    return _YES


async def _filter(probe: Probe) -> _Answer:
    names = [probe.user(name)["userName"] for name in ("filter", "decoy")]
    for name in ("filter", "decoy", "bystander"):
        await probe.make("a create", "/Users", probe.user(name))
    works = [operator for operator, tried in _filters(*names).items() if await _finds(probe, tried)]
    return len(works) == len(_filters("", "")), ", ".join(works) or "none"


def _filters(name: str, decoy: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """For each operator: filters, and whom each must find. One that must find nobody tells who ignores half of it."""
    known, family = f'userName eq "{name}"', "name.familyName"
    return {
        "eq": {known: [name]},
        "co": {f'userName co "{name[1:-1]}"': [name]},
        "sw": {f'userName sw "{name[:-1]}"': [name]},
        "ew": {f'userName ew "{name[1:]}"': [name]},
        "and": {f'{known} and {family} eq "Filter"': [name], f'{known} and {family} eq "Decoy"': []},
        "or": {f'{known} or userName eq "{decoy}"': [name, decoy]},
        "not": {f'{known} and not ({family} eq "Decoy")': [name], f'{known} and not ({family} eq "Filter")': []},
        "pr": {f"{known} and {family} pr": [name], f"{known} and title pr": []},
        "gt": {
            f'{known} and meta.created gt "{year}-01-01T00:00:00Z"': who for year, who in ((2020, [name]), (2999, []))
        },
        "[ ]": {
            f'{known} and emails[type eq "{kind}" and value co "@"]': who
            for kind, who in (("work", [name]), ("home", []))
        },
    }


async def _finds(probe: Probe, tried: Mapping[str, Sequence[str]]) -> bool:
    for text, wanted in tried.items():
        try:
            found = await probe.find("Users", text)
        except Broken:
            return False
        if sorted(str(one.get("userName")) for one in found.get("Resources") or ()) != sorted(wanted):
            return False
    return True


async def _say_errors(probe: Probe) -> _Answer:
    for what, path in (("an unknown user", "/Users/probe-nobody"), ("a broken filter", "/Users?filter=userName%20eq")):
        reply = await probe.send("GET", path)
        error = document(reply)
        if _ERROR not in (error.get("schemas") or ()) or not error.get("detail"):
            raise Broken(f"{what} is {reply.status} without a SCIM Error that gives the reason")
    return _YES


async def _bulk(probe: Probe) -> _Answer:
    operation = {"method": "POST", "path": "/Users", "bulkId": "one", "data": probe.user("bulk")}
    done = await probe.ask("a request", "POST", "/Bulk", {"schemas": [_BULK], "Operations": [operation]})
    status = str((done.get("Operations") or [{}])[0].get("status"))
    if status != "201":
        raise Broken(f"a create in it is {status}")
    return _YES


async def _etag(probe: Probe) -> _Answer:
    path = await probe.make("a create", "/Users", probe.user("etag"))
    version = (await probe.send("GET", path)).headers.get("etag")
    if not version:
        raise Broken("a read carries none")
    again = await probe.send("GET", path, headers={"If-None-Match": version})
    if again.status != _NOT_MODIFIED:
        raise Broken(f"If-None-Match is answered with {again.status}")
    return _YES


async def _sort(probe: Probe) -> _Answer:
    names = [probe.user(name)["userName"] for name in ("first", "second")]
    for name in ("first", "second"):
        await probe.make("a user", "/Users", probe.user(name))
    either = " or ".join(f'userName eq "{name}"' for name in names)
    for order, wanted in (("ascending", names), ("descending", names[::-1])):
        found = await probe.find("Users", either, f"&sortBy=userName&sortOrder={order}")
        if [user.get("userName") for user in found.get("Resources") or ()] != wanted:
            raise Broken(f"an {order} order is not" if order == "ascending" else f"a {order} order is not")
    return _YES


async def _me(probe: Probe) -> _Answer:
    status = (await probe.send("GET", "/Me")).status
    return (status == _OK), "yes" if status == _OK else f"no: {status}"


QUESTIONS: Mapping[str, Question] = {
    "static bearer token": _opens(STATIC),
    "token without a scheme": _opens(BARE),
    "OAuth2 client credentials": _opens(OAUTH2),
    "Basic": _opens(BASIC),
    "password accepted in a create": _take_password,
    "password stored": _store_password,
    "password never shown": _hide_password,
    "lookup by userName": _look_up,
    "user sync (PUT of what was read)": _update,
    "deactivate": _set_active(False),
    "reactivate": _set_active(False, True),
    "rename": _rename,
    "externalId kept and found": _keep_external_id,
    "phone numbers kept": _keep_phones,
    "group sync by PUT": _put_groups,
    "group sync by PATCH": _patch_groups,
    "paging": _page,
    "filters": _filter,
    "errors readable": _say_errors,
    "Bulk": _bulk,
    "ETag": _etag,
    "sort": _sort,
    "/Me": _me,
}


def _password(probe: Probe) -> str:
    """Long and mixed, for whatever policy there is; of no use after the probe."""
    return f"Pw-{probe.tag}-7Kq2ZxV9"


async def _check_members(probe: Probe, path: str, what: str, *wanted: str) -> None:
    group = await probe.ask("a read", "GET", f"{path}?attributes=displayName,members")
    members = sorted(str(each.get("value")) for each in group.get("members") or [])
    if members != sorted(member(one)["value"] for one in wanted):
        raise Broken(f"{what} is a success, and leaves other members than it must")
