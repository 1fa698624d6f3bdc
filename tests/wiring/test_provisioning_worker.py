"""Which applications a server tends, as they come, change and go."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scimbridge.config import Settings
from scimbridge.wiring import Instance, provisioning_worker
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
        (applications.change("portal", CONNECTED, actor=ADMIN), ["acme/portal"]),
        (applications.create("wiki", CONNECTED, actor=ADMIN), ["acme/portal", "acme/wiki"]),
        (applications.change("portal", {"enabled": False}, actor=ADMIN), ["acme/wiki"]),
        (instance.administration.realms.change("acme", {"enabled": False}, actor=ADMIN), []),
        (instance.administration.realms.change("acme", {"enabled": True}, actor=ADMIN), ["acme/wiki"]),
        (applications.delete("wiki", actor=ADMIN), []),
    ]
    for step, tended in steps:
        await step
        await worker.refresh()
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
        assert [name for name, tending in second.items() if tending is first[name]] == ["acme/wiki"]
        first = second


async def test_an_application_whose_ca_file_is_gone_is_tried_again(
    instance: Instance, worker: ProvisioningWorker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection = {"url": "https://portal.example.test/scim/v2", "caFile": str(tmp_path / "ca.pem")}
    await administration(instance).create("portal", {"connection": connection}, actor=ADMIN)
    await worker.refresh()
    assert list(worker.tended) == []
    assert "Application portal of realm acme cannot be provisioned" in caplog.text
    assert "ca.pem" in caplog.text
    await administration(instance).change("portal", {"connection": {"caFile": ""}}, actor=ADMIN)
    await worker.refresh()
    assert list(worker.tended) == ["acme/portal"]


async def test_an_application_whose_key_is_gone_begins_when_it_is_back(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {"connection": {**CONNECTED["connection"], "authentication": {"secret": "hush"}}}
    await administration(instance).create("portal", secret, actor=ADMIN)
    key = instance.settings.seal_key
    aside = key.rename(key.with_name("aside"))
    async with Instance.open(instance.settings) as other:
        monkeypatch.setattr(provisioning_worker, "_RETRY", 0.0)
        worker = ProvisioningWorker(other)
        await worker.refresh()
        assert list(worker.tended) == []
        aside.rename(key)
        await worker.refresh()
        assert list(worker.tended) == ["acme/portal"]
        await worker.close()
