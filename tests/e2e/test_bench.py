"""`scimbridge bench`, as a person runs it, against a running server."""

import json
import subprocess

import httpx
import pytest

from .conftest import Realm
from .server import execute_scimbridge

pytestmark = pytest.mark.slow


def bench(realm: Realm, *arguments: str, token: str | None = None) -> subprocess.CompletedProcess[str]:
    short = ("--users", "40", "--connections", "4", "--seconds", "0.2")
    return execute_scimbridge(
        ["bench", "--base-url", realm.base, *short, *arguments],
        realm.installation.folder,
        realm.installation.environment | {"SCIMBRIDGE_TOKEN": token or realm.token},
    )


def count(realm: Realm, endpoint: str) -> int:
    headers = {"Authorization": f"Bearer {realm.token}"}
    return int(httpx.get(f"{realm.base}/{endpoint}?count=0", headers=headers).json()["totalResults"])


def test_every_operation_is_measured_and_nothing_is_left_behind(realm: Realm) -> None:
    before = count(realm, "Users"), count(realm, "Groups")
    done = bench(realm, "--json")
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert list(measured) == ["get", "filter", "page", "patch", "create", "add-member"]
    for operation, figures in measured.items():
        assert figures["good"] > 0, operation
        assert (figures["unexpected"], figures["brokenConnections"]) == ({}, 0), operation
        assert 0 < figures["medianSeconds"] <= figures["p99Seconds"], operation
    assert (count(realm, "Users"), count(realm, "Groups")) == before


def test_the_table_has_a_row_for_each_operation_asked_for(realm: Realm) -> None:
    done = bench(realm, "--operation", "get", "--operation", "filter")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["operation", "get", "filter"]


@pytest.mark.parametrize(
    ("arguments", "token", "words"),
    [
        (("--operation", "nothing"), None, "no operation 'nothing'"),
        ((), "wrong", "answered with status 401"),
        (("--base-url", "http://127.0.0.1:9/scim/v2"), None, "cannot be reached"),
        (("--base-url", "ftp://example.test"), None, "not an http or https URL"),
    ],
)
def test_what_can_not_be_measured_is_said_in_a_sentence(
    realm: Realm, arguments: tuple[str, ...], token: str | None, words: str
) -> None:
    done = bench(realm, *arguments, token=token)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
