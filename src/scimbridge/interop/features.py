"""The parts of the protocol that a SCIM server may have or not, each tried and not believed."""

from collections.abc import Mapping, Sequence

from scimbridge.interop.probes import YES, Answer, Broken, Probe, Question, document

_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_OK, _NOT_MODIFIED = 200, 304


async def _page(probe: Probe) -> Answer:
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
    return YES


async def _filter(probe: Probe) -> Answer:
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


async def _say_errors(probe: Probe) -> Answer:
    for what, path in (("an unknown user", "/Users/probe-nobody"), ("a broken filter", "/Users?filter=userName%20eq")):
        reply = await probe.send("GET", path)
        error = document(reply)
        if _ERROR not in (error.get("schemas") or ()) or not error.get("detail"):
            raise Broken(f"{what} is {reply.status} without a SCIM Error that gives the reason")
    return YES


async def _bulk(probe: Probe) -> Answer:
    operation = {"method": "POST", "path": "/Users", "bulkId": "one", "data": probe.user("bulk")}
    done = await probe.ask("a request", "POST", "/Bulk", {"schemas": [_BULK], "Operations": [operation]})
    status = str((done.get("Operations") or [{}])[0].get("status"))
    if status != "201":
        raise Broken(f"a create in it is {status}")
    return YES


async def _etag(probe: Probe) -> Answer:
    path = await probe.make("a create", "/Users", probe.user("etag"))
    version = (await probe.send("GET", path)).headers.get("etag")
    if not version:
        raise Broken("a read carries none")
    again = await probe.send("GET", path, headers={"If-None-Match": version})
    if again.status != _NOT_MODIFIED:
        raise Broken(f"If-None-Match is answered with {again.status}")
    return YES


async def _sort(probe: Probe) -> Answer:
    names = [probe.user(name)["userName"] for name in ("first", "second")]
    for name in ("first", "second"):
        await probe.make("a user", "/Users", probe.user(name))
    either = " or ".join(f'userName eq "{name}"' for name in names)
    for order, wanted in (("ascending", names), ("descending", names[::-1])):
        found = await probe.find("Users", either, f"&sortBy=userName&sortOrder={order}")
        if [user.get("userName") for user in found.get("Resources") or ()] != wanted:
            raise Broken(f"an {order} order is not" if order == "ascending" else f"a {order} order is not")
    return YES


async def _me(probe: Probe) -> Answer:
    status = (await probe.send("GET", "/Me")).status
    return (status == _OK), "yes" if status == _OK else f"no: {status} to this credential"


FEATURES: Mapping[str, Question] = {
    "paging": _page,
    "filters": _filter,
    "errors readable": _say_errors,
    "Bulk": _bulk,
    "ETag": _etag,
    "sort": _sort,
    "/Me": _me,
}
