"""What people ask of a SCIM server: each question is answered by what the server does, not by what it says."""

from collections.abc import Mapping

from scimbridge.interop.contact import BARE, BASIC, OAUTH2, STATIC
from scimbridge.interop.expectation import Expectation
from scimbridge.interop.features import FEATURES
from scimbridge.interop.probes import YES, Answer, Broken, Probe, Question, member


def _opens(way: str) -> Question:
    async def ask(probe: Probe) -> Answer:
        async for name, opens in probe.contact.ways(probe.client):
            if name == way:
                return opens, "yes" if opens else "no"
        return None, "not tried"

    return ask


async def _take_password(probe: Probe) -> Answer:
    """Okta puts a password into every create, also with password sync off."""
    await probe.make("a create with it", "/Users", probe.user("password") | {"password": _password(probe)})
    return YES


async def _store_password(probe: Probe) -> Answer:
    user = probe.user("sign-in")
    await probe.make("a create with it", "/Users", user | {"password": _password(probe)})
    signs_in = await probe.contact.signs_in(probe.client, user["userName"], _password(probe))
    if signs_in is None:
        return None, "not tried: no way to sign in was given"
    return signs_in, "yes: it signs in" if signs_in else "no: it does not sign in"


async def _hide_password(probe: Probe) -> Answer:
    word = _password(probe)
    created = await probe.send("POST", "/Users", probe.user("echo") | {"password": word})
    shown = word.encode() in created.body
    return not shown, "no: it stands in clear in the answer" if shown else "yes"


async def _look_up(probe: Probe) -> Answer:
    user = probe.user("lookup")
    await probe.make("a create", "/Users", user)
    for name, what in ((user["userName"], "it"), (user["userName"].upper(), "it in capitals")):
        if (await probe.find("Users", f'userName eq "{name}"')).get("totalResults") != 1:
            raise Broken(f"a lookup of {what} does not find the user")
    if (await probe.find("Users", f'userName eq "nobody@{probe.tag}.example.test"')).get("totalResults") != 0:
        raise Broken("a lookup of nobody finds somebody")
    return YES


async def _update(probe: Probe) -> Answer:
    path = await probe.make("a create", "/Users", probe.user("update"))
    read = await probe.ask("a read", "GET", path)
    changed = read | {"name": {"givenName": "Changed", "familyName": "Update"}, "title": "Boss"}
    await probe.ask("a PUT of what was read", "PUT", path, changed)
    await probe.check(path, Expectation("name.givenName", "equals", "Changed"), Expectation("title", "equals", "Boss"))
    return YES


def _set_active(*states: bool) -> Question:
    async def ask(probe: Probe) -> Answer:
        user = probe.user("active")
        path = await probe.make("a create", "/Users", user)
        for active in states:
            await probe.patch("a PATCH of active", path, {"op": "replace", "value": {"active": active}})
            await probe.check(path, Expectation("active", "equals", active))
        if (await probe.find("Users", f'userName eq "{user["userName"]}"')).get("totalResults") != 1:
            raise Broken("a lookup does not find the user any more")
        return YES

    return ask


async def _rename(probe: Probe) -> Answer:
    path = await probe.make("a create", "/Users", probe.user("before"))
    name = f"after@{probe.tag}.example.test"
    read = await probe.ask("a read", "GET", path)
    await probe.ask("a PUT with another userName", "PUT", path, read | {"userName": name})
    await probe.check(path, Expectation("userName", "equals", name))
    return YES


async def _keep_external_id(probe: Probe) -> Answer:
    user = probe.user("external")
    path = await probe.make("a create", "/Users", user)
    await probe.check(path, Expectation("externalId", "equals", user["externalId"]))
    found = await probe.find("Users", f'externalId eq "{user["externalId"]}"')
    if found.get("totalResults") != 1:
        raise Broken("it is kept, and a lookup by it does not find the user")
    return YES


async def _keep_phones(probe: Probe) -> Answer:
    phones = [{"value": "+1 555 0100", "type": "work"}, {"value": "+1 555 0101", "type": "mobile"}]
    path = await probe.make("a create with them", "/Users", probe.user("phones") | {"phoneNumbers": phones})
    await probe.check(path, Expectation("phoneNumbers[*].value", "setEquals", [phone["value"] for phone in phones]))
    return YES


async def _put_groups(probe: Probe) -> Answer:
    one, two = [await probe.make("a user", "/Users", probe.user(name)) for name in ("one", "two")]
    path = await probe.make("a create with members", "/Groups", probe.group(one))
    await _check_members(probe, path, "a create with members", one)
    await probe.ask("a PUT with members", "PUT", path, probe.group(two) | {"id": path.rpartition("/")[2]})
    await _check_members(probe, path, "a PUT with members", two)
    return YES


async def _patch_groups(probe: Probe) -> Answer:
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
    return YES


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
    **FEATURES,
}


def _password(probe: Probe) -> str:
    """Long and mixed, for whatever policy there is; of no use after the probe."""
    return f"Pw-{probe.tag}-7Kq2ZxV9"


async def _check_members(probe: Probe, path: str, what: str, *wanted: str) -> None:
    group = await probe.ask("a read", "GET", f"{path}?attributes=displayName,members")
    members = sorted(str(each.get("value")) for each in group.get("members") or [])
    if members != sorted(member(one)["value"] for one in wanted):
        raise Broken(f"{what} is a success, and leaves other members than it must")
