"""Which applications a server tends, as they come, change and go."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scimbridge.config import Settings
from scimbridge.wiring import Instance
from scimbridge.wiring.provisioning_worker import ProvisioningWorker

ADMIN = "cli:ada"
# Nobody listens there.
CONNECTED: dict[str, Any] = {"connection": {"url": "http://127.0.0.1:1/scim/v2"}}


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    async with Instance.open(Settings(database=tmp_path / "scimbridge.db", hash_threads=1)) as instance:
        await instance.administration.realms.create("acme", {}, actor=ADMIN)
        yield instance


@pytest.fixture
async def worker(instance: Instance) -> AsyncIterator[ProvisioningWorker]:
    worker = ProvisioningWorker(instance)
    yield worker
    await worker.close()


def administration(instance: Instance) -> Any:
    return instance.provisioning(instance.administration.realms.get("acme")).administration


async def test_an_application_is_tended_while_it_is_enabled_and_has_a_connection(
    instance: Instance, worker: ProvisioningWorker
) -> None:
    applications = administration(instance)
    steps = [
        (applications.create("portal", {}, actor=ADMIN), []),
        (applications.change("portal", CONNECTED, actor=ADMIN), ["portal"]),
        (applications.create("wiki", CONNECTED, actor=ADMIN), ["portal", "wiki"]),
        (applications.change("portal", {"enabled": False}, actor=ADMIN), ["wiki"]),
        (instance.administration.realms.change("acme", {"enabled": False}, actor=ADMIN), []),
        (instance.administration.realms.change("acme", {"enabled": True}, actor=ADMIN), ["wiki"]),
        (applications.delete("wiki", actor=ADMIN), []),
    ]
    for step, tended in steps:
        await step
        assert await worker.refresh()
        assert list(worker.tended) == tended


async def test_other_settings_and_another_secret_begin_anew_and_the_rest_goes_on(
    instance: Instance, worker: ProvisioningWorker
) -> None:
    applications = administration(instance)
    await applications.create("portal", CONNECTED, actor=ADMIN)
    await applications.create("wiki", CONNECTED, actor=ADMIN)
    await worker.refresh()
    first = dict(worker.tended)
    for change in ({"label": "Portal"}, {"connection": {"authentication": {"secret": "hush"}}}):
        await applications.change("portal", change, actor=ADMIN)
        await worker.refresh()
        second = dict(worker.tended)
        assert (second["portal"] is first["portal"], second["wiki"] is first["wiki"]) == (False, True)
        first = second


async def test_an_application_whose_ca_file_is_gone_is_tried_again(
    instance: Instance, worker: ProvisioningWorker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection = {"url": "https://portal.example.test/scim/v2", "caFile": str(tmp_path / "ca.pem")}
    await administration(instance).create("portal", {"connection": connection}, actor=ADMIN)
    assert not await worker.refresh()
    assert "Application portal of realm acme cannot be provisioned" in caplog.text
    assert "ca.pem" in caplog.text
    await administration(instance).change("portal", {"connection": {"caFile": ""}}, actor=ADMIN)
    assert await worker.refresh()
    assert list(worker.tended) == ["portal"]
