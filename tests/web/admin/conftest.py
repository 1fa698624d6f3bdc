"""The admin API over SQLite: the server as it is wired, asked without a socket; answers are held to its document."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from scimbridge.config import Settings
from scimbridge.directory.ports import Actor, New
from scimbridge.web.operation import Readiness
from scimbridge.web.site import Options, Sensors, create_app
from scimbridge.wiring import Instance
from scimbridge.wiring.realms import LiveRealms
from web.conftest import GROUP, ORIGIN, USER
from web.loopback import Loopback

from .contract import check_answer

# Nobody listens there.
PORTAL: dict[str, Any] = {
    "name": "portal",
    "connection": {"url": "http://127.0.0.1:1/scim/v2", "authentication": {"secret": "hush-hush"}},
    "actions": {"pushNewUsers": True, "pushGroups": True},
}
APPLICATIONS = "/realms/acme/applications"

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    async with Instance.open(Settings(database=tmp_path / "scimbridge.db", hash_threads=1)) as instance:
        await instance.administration.realms.create("acme", {}, actor="test")
        yield instance


@pytest.fixture
async def ask(instance: Instance) -> AsyncIterator[Ask]:
    realms = LiveRealms(instance)
    app = create_app(
        realms,
        instance.administration,
        readiness=Readiness(instance.store.version),
        options=Options(),
        sensors=Sensors(),
        access_log=None,
        new_id=lambda: "made",
    )
    token = await instance.administration.admin_tokens.create("test", actor="test")
    headers = {"Authorization": f"Bearer {token.value}"}
    async with httpx.AsyncClient(transport=Loopback(app.answer), base_url=f"{ORIGIN}/admin", headers=headers) as http:

        async def send(method: str, path: str, body: Any = None) -> httpx.Response:
            return check_answer(method, path, await http.request(method, path, json=body))

        yield send
    await realms.close()


Finish = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def finish(ask: Ask) -> Finish:
    """Begins a job and waits for its end."""

    async def wait(path: str, body: Any = None) -> dict[str, Any]:
        begun = await ask("POST", path, {} if body is None else body)
        assert begun.status_code == 202, begun.text
        where = begun.headers["Location"]
        assert where == f"/admin/realms/acme/jobs/{begun.json()['id']}"
        job: dict[str, Any] = (await ask("GET", f"{where.removeprefix('/admin')}?wait=30")).json()
        assert job["state"] != "running"
        return job

    return wait


async def make(instance: Instance, kind: str, name: str) -> str:
    """A user or group; its id."""
    directory = instance.directory(instance.administration.realms.get("acme"))
    schema, naming = (USER, "userName") if kind == "User" else (GROUP, "displayName")
    active = {"active": True} if kind == "User" else {}
    record = await directory.create(New(kind, {"schemas": [schema], naming: name, **active}), Actor("test"))
    return record.id
