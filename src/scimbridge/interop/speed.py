"""How long a SCIM server takes for what identity providers send most, one request after the other."""

from collections.abc import Awaitable, Callable, Mapping
from statistics import median

from scimbridge.interop.probes import Broken, Probe, Question, member

_TIMES = 20
_PAGE = 100  # users, as Okta asks for them


async def _create(probe: Probe) -> list[float]:
    return [await _timed(probe, "POST", "/Users", probe.user(f"speed{number}")) for number in range(_TIMES)]


async def _look_up(probe: Probe) -> list[float]:
    await probe.make("a user", "/Users", probe.user("speed"))
    path = f"/Users?filter=userName%20eq%20%22speed%40{probe.tag}.example.test%22&startIndex=1&count=100"
    return [await _timed(probe, "GET", path) for _ in range(_TIMES)]


async def _page(probe: Probe) -> list[float]:
    for number in range(_PAGE):
        await probe.make("a user", "/Users", probe.user(f"page{number}"))
    return [await _timed(probe, "GET", f"/Users?startIndex=1&count={_PAGE}") for _ in range(_TIMES)]


async def _change_group(probe: Probe) -> list[float]:
    users = [await probe.make("a user", "/Users", probe.user(f"member{number}")) for number in range(_TIMES)]
    path = await probe.make("a group", "/Groups", {k: v for k, v in probe.group().items() if k != "members"})
    schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    changes = ({"op": "add", "path": "members", "value": [member(user)]} for user in users)
    return [await _timed(probe, "PATCH", path, {"schemas": schemas, "Operations": [change]}) for change in changes]


async def _timed(probe: Probe, method: str, path: str, body: object = None) -> float:
    """Seconds. Raises Broken unless it is a success."""
    reply = await probe.send(method, path, body)
    if reply.status >= 300:  # noqa: PLR2004
        raise Broken(f"a request is {reply.status}")
    return reply.seconds


def _measured(run: Callable[[Probe], Awaitable[list[float]]]) -> Question:
    async def ask(probe: Probe) -> tuple[bool | None, str]:
        return None, f"{median(await run(probe)) * 1000:.1f} ms"

    return ask


# The median of twenty, over one connection.
SPEEDS: Mapping[str, Question] = {
    "time of a create": _measured(_create),
    "time of a lookup": _measured(_look_up),
    "time of a page of 100": _measured(_page),
    "time of a member added": _measured(_change_group),
}
