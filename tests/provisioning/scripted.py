"""A target that answers as a test tells it to."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from scimbridge.provisioning.target import Reply, Request

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
Answer = Reply | list[Reply] | Callable[[Request], Reply]


def reply(status: int, body: Any = b"", headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else orjson.dumps(body), headers or {})


def error(status: int, detail: str, scim_type: str | None = None) -> Reply:
    kind = {} if scim_type is None else {"scimType": scim_type}
    return reply(status, {"schemas": [ERROR], "status": str(status), "detail": detail, **kind})


def page(*resources: Mapping[str, Any], total: int | None = None) -> Reply:
    count = len(resources) if total is None else total
    return reply(200, {"schemas": [LIST], "totalResults": count, "startIndex": 1, "Resources": list(resources)})


class Scripted:
    """Fulfils Transport. Answers by "METHOD /path", the longest that a request begins with; else an empty list.

    An answer is a reply, or several in turn, the last of them for ever, or is made of the request. `requests` has what
    came.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        asked = f"{request.method} {request.path}"
        fitting = [name for name in self.answers if asked.startswith(name)]
        found: Answer = self.answers[max(fitting, key=len)] if fitting else page()
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Reply) else found(request)

    async def close(self) -> None:
        return

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests]
