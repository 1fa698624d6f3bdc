"""An identity provider that does not give up: what is put off is sent again until it is answered."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from .bridged import PATCH, scim_user, succeed

LONGEST = 120.0  # seconds


def persist(send: Callable[[], httpx.Response], *good: int, pause: float = 0.0) -> httpx.Response:
    """The first answer that is not 503, which must be a good one; `pause` in seconds between attempts."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        answer = send()
        if answer.status_code != 503:
            assert answer.status_code in good, answer.text
            return answer
        time.sleep(pause)
    pytest.fail(f"not answered within {LONGEST} s: {answer.text}")


def provision(request: Callable[..., httpx.Response], name: str, group: str, *, active: bool, pause: float) -> str:
    """A person as Okta provisions one: created, looked up, put into a group, perhaps deactivated; the id.

    `request` takes method, path, body and query.
    """

    def patch(path: str, operation: Mapping[str, Any]) -> None:
        body = {"schemas": [PATCH], "Operations": [operation]}
        persist(lambda: request("PATCH", path, body), 200, 204, pause=pause)

    created = persist(lambda: request("POST", "/Users", scim_user(name)), 201, 409, pause=pause)
    lookup = {"filter": f'userName eq "{name}"'}
    (user,) = succeed(persist(lambda: request("GET", "/Users", **lookup), 200, pause=pause), 200)["Resources"]
    assert created.status_code == 409 or created.json()["id"] == user["id"]
    id_ = str(user["id"])
    patch(f"/Groups/{group}?excludedAttributes=members", {"op": "add", "path": "members", "value": [{"value": id_}]})
    if not active:
        patch(f"/Users/{id_}", {"op": "replace", "value": {"active": False}})
    return id_
