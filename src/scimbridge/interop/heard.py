"""Exchanges between a client and a server as a third one hears them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scimbridge.interop.ports import Reply, Request

TYPE = "Content-Type"
# How a client speaks: any other header may be a secret.
_HEADERS = ("User-Agent", "Accept", "Accept-Charset", "Accept-Encoding", "If-Match", "If-None-Match")


@dataclass(frozen=True, slots=True)
class Heard:
    """One exchange; `target` is path and query below the SCIM base URL, times are seconds of one clock."""

    target: str
    request: Request
    reply: Reply
    started: float
    ended: float


def common_headers(heard: Iterable[Heard]) -> dict[str, str]:
    """What every request carries that may, and the type that every body has."""
    sent = [spoken_headers(each.request) for each in heard]
    types = {each[TYPE] for each in sent if TYPE in each}
    common = {name: value for name, value in (sent[0] if sent else {}).items() if name != TYPE}
    common = {name: value for name, value in common.items() if all(each.get(name) == value for each in sent)}
    return common | ({TYPE: types.pop()} if len(types) == 1 else {})


def spoken_headers(request: Request) -> dict[str, str]:
    """Only headers that say how a client speaks: any other may be a secret."""
    given = {name.lower(): value for name, value in request.headers.items()}
    names = (*_HEADERS, TYPE) if request.body else _HEADERS
    return {name: given[name.lower()] for name in names if name.lower() in given}


def in_flight_together(heard: Sequence[Heard]) -> dict[int, list[int]]:
    """Which steps were in flight together: each began before any of the others had ended."""
    groups: list[list[int]] = []
    first_end = 0.0
    for number, each in enumerate(heard, 1):
        if groups and each.started < first_end:
            groups[-1].append(number)
            first_end = min(first_end, each.ended)
        else:
            groups.append([number])
            first_end = each.ended
    return {number: group for group in groups if len(group) > 1 for number in group}
