"""Presets are data: each file is whole, and what it says is said by somebody."""

import json
from dataclasses import fields
from importlib import resources

import pytest

from scimbridge.access.readers import camel
from scimbridge.provisioning.capabilities import GENERIC, Capabilities, load_preset, presets
from scimbridge.provisioning.discovery import read_configuration
from scimbridge.provisioning.target import Reply

from .scripted import error, reply


def test_there_is_a_preset_for_each_target_that_is_promised() -> None:
    promised = "aws gitlab keycloak-26.7 keycloak-26.8 keycloak-scim-extension scimbridge slack"
    assert presets() == tuple(promised.split())


@pytest.mark.parametrize("name", presets())
def test_every_fact_of_a_preset_is_known_and_has_a_source(name: str) -> None:
    file = resources.files("scimbridge.provisioning").joinpath("presets", f"{name}.json")
    facts = json.loads(file.read_text(encoding="utf-8"))["facts"]
    assert facts.keys() <= {camel(item.name) for item in fields(Capabilities)}
    preset = load_preset(name)
    assert preset.title
    for item in fields(Capabilities):
        given = getattr(preset.capabilities, item.name)
        assert type(given) is type(getattr(GENERIC, item.name)), item.name
        if given != getattr(GENERIC, item.name):
            assert len(preset.sources[item.name]) > 10


def test_a_preset_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no preset 'okta'; there are aws, gitlab, keycloak-26\.7"):
        load_preset("okta")


def test_a_bucket_is_never_empty_and_a_batch_never_nothing() -> None:
    for name in presets():
        capabilities = load_preset(name).capabilities
        assert min(capabilities.burst, capabilities.member_batch, capabilities.operations, capabilities.page_size) > 0


@pytest.mark.parametrize(
    ("answer", "patch", "page_size"),
    [
        (reply(200, {"patch": {"supported": False}, "filter": {"maxResults": 25}}), False, 25),
        (reply(200, {"patch": {"supported": True}, "filter": {"maxResults": 0}}), True, 100),  # Keycloak 26.6
        (reply(200, {"patch": {"supported": "yes"}, "filter": {"maxResults": True}}), True, 100),
        (reply(200, {"patch": None, "filter": [], "bulk": 1}), True, 100),
        (reply(200, {"filter": {"maxResults": 5000}}), True, 100),
        (reply(200, []), True, 100),
        (reply(200, b"<html>"), True, 100),
        (reply(404, b""), True, 100),
        (error(403, "no"), True, 100),
    ],
)
def test_discovery_takes_what_is_said_and_does_without_what_is_not(answer: Reply, patch: bool, page_size: int) -> None:
    found = read_configuration(answer, GENERIC)
    assert (found.patch_users, found.patch_groups, found.page_size) == (patch, patch, page_size)
