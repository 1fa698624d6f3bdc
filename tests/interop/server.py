"""An HTTP client that answers by itself, for what plays conversations."""

import json
from collections.abc import Callable
from typing import Any

from scimbridge.interop.ports import Reply, Request, Unreachable

Answer = Callable[[Request], tuple[int, Any] | None]


class Scripted:
    """Answers with what `answer` says (None: no reply) and keeps what was asked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        answer = self._answer(request)
        if answer is None:
            raise Unreachable("no reply: refused")
        status, document = answer
        body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
        return Reply(status, body, 0.01)
