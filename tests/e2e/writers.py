"""Clients that write as fast as they are answered until the server dies, and remember what was acknowledged."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .server import Server

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WRITERS = 8
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(slots=True)
class Acknowledged:
    """What the server said it has done: users by id with their name, who is in the group, who is inactive."""

    users: dict[str, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    inactive: set[str] = field(default_factory=set)


class Connection:
    """A keep-alive connection: just enough HTTP to cost less than the server does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, prefix: str, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._prefix = prefix
        self._headers = f"Host: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n"

    @classmethod
    async def open(cls, base: str, token: str) -> "Connection":
        url = urlsplit(base)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        return cls(reader, writer, url.path, token)

    async def send(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the whole reply; ConnectionError or EOFError if it did not arrive whole."""
        content = json.dumps(body)
        head = f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._headers}Content-Length: {len(content)}\r\n\r\n"
        self._writer.write((head + content).encode())
        await self._writer.drain()
        header = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((line for line in header.split("\r\n") if line.startswith("content-length:")), "content-length:0")
        reply = await self._reader.readexactly(int(length.partition(":")[2]))
        return int(header[9:12]), json.loads(reply) if reply else {}

    def close(self) -> None:
        self._writer.close()


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


async def write(base: str, token: str, group: str, prefix: str, done: Acknowledged) -> None:
    """Make users `prefix-0`, `prefix-1`, ..., put each into the group, deactivate every third, until the end comes."""
    connection = await Connection.open(base, token)
    number = 0
    try:
        while True:
            name = f"{prefix}-{number}"
            status, user = await connection.send("POST", "/Users", {"schemas": [USER], "userName": name})
            assert status == 201, user
            done.users[user["id"]] = name
            member = patch({"op": "add", "path": "members", "value": [{"value": user["id"]}]})
            status, reply = await connection.send("PATCH", f"/Groups/{group}?excludedAttributes=members", member)
            assert status == 200, reply
            done.members.add(user["id"])
            if number % 3 == 0:
                off = patch({"op": "replace", "path": "active", "value": False})
                status, reply = await connection.send("PATCH", f"/Users/{user['id']}", off)
                assert status == 200, reply
                done.inactive.add(user["id"])
            number += 1
    except (ConnectionError, EOFError):  # asyncio.IncompleteReadError is an EOFError
        pass
    finally:
        connection.close()


async def load_until_killed(server: Server, token: str, group: str, turn: int, moment: float) -> Acknowledged:
    """Several clients write; after `moment` seconds the server is killed in the middle of it."""
    done = Acknowledged()
    writers = [
        asyncio.create_task(write(server.scim("acme"), token, group, f"t{turn}-w{number}", done))
        for number in range(WRITERS)
    ]
    await asyncio.sleep(moment)
    server.kill()
    await asyncio.gather(*writers)
    return done
