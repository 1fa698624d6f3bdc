"""What real clients send, word for word, against a server: every step must be answered as the client needs it."""

import json
from pathlib import Path

import pytest

from scimbridge.adapters.http import HttpxClient
from scimbridge.interop.credentials import Credentials
from scimbridge.interop.player import play
from scimbridge.interop.ports import Request
from scimbridge.interop.result import StepResult
from scimbridge.interop.spec import play_spec, spec_variables
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import bundled, load_bundled
from scimbridge.interop.token import TokenRefused, fetch_token
from scimbridge.interop.variation import vary

from .conftest import Realm

pytestmark = pytest.mark.slow

SPEC = Path(__file__).parents[1] / "vectors" / "okta" / "Okta-SCIM-20-SPEC-Test.json"


async def results(suite: Suite, realm: Realm, authorization: str) -> list[StepResult]:
    async with HttpxClient() as client:
        return [
            result
            async for result in play(suite, client, realm.base_url, Credentials({"Authorization": authorization}))
        ]


def failures(played: list[StepResult]) -> dict[int, tuple[str, ...]]:
    return {result.number: result.failures for result in played if not result.good}


@pytest.mark.parametrize("name", bundled())
async def test_a_conversation_is_answered_as_its_client_needs_it(name: str, realm: Realm) -> None:
    suite = load_bundled(name).given()
    played = await results(suite, realm, f"Bearer {realm.token}")
    assert len(played) == len(suite.steps)
    assert failures(played) == {}


async def test_two_applications_share_a_realm_twice_over(realm: Realm) -> None:
    for tag in ("one", "two", "three", "four"):
        name = "okta-wizard" if tag in ("one", "three") else "okta-catalogue"
        assert failures(await results(vary(load_bundled(name), tag), realm, f"Bearer {realm.token}")) == {}


async def test_a_client_with_client_credentials_is_as_good_as_a_token(realm: Realm) -> None:
    roles = ("manage-users", "view-users", "query-users", "query-groups", "view-realm")
    arguments = [word for role in roles for word in ("--role", role)]
    secret = realm.installation.command("client", "create", realm.name, "okta", *arguments)
    async with HttpxClient() as client:
        token = await fetch_token(client, realm.token_url, "okta", secret)
        with pytest.raises(TokenRefused, match="401"):
            await fetch_token(client, realm.token_url, "okta", "wrong")
    assert failures(await results(load_bundled("okta-catalogue"), realm, f"Bearer {token}")) == {}


@pytest.mark.parametrize("header", ["{token}", "bearer {token}"])
async def test_okta_may_send_the_token_as_it_was_typed(realm: Realm, header: str) -> None:
    authorization = header.format(token=realm.token)
    assert failures(await results(load_bundled("okta-import"), realm, authorization)) == {}


async def test_oktas_own_spec_test_passes(realm: Realm) -> None:
    await results(load_bundled("okta-catalogue"), realm, f"Bearer {realm.token}")  # it needs a user to begin with
    document = json.loads(SPEC.read_bytes())
    variables = spec_variables(f"Bearer {realm.token}", "123", "abcdefgh")
    async with HttpxClient() as client:
        played = [result async for result in play_spec(document, client, realm.base_url, variables)]
    assert len(played) == 12
    assert failures(played) == {}


async def test_an_import_reads_every_page(realm: Realm) -> None:
    """The import of the documentation needs more users than fit on one page of 100."""
    async with HttpxClient() as client:
        body = json.dumps(
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [
                    {
                        "method": "POST",
                        "path": "/Users",
                        "bulkId": str(n),
                        "data": {
                            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                            "userName": f"user{n}@example.test",
                        },
                    }
                    for n in range(130)
                ],
            }
        ).encode()
        headers = {"Authorization": f"Bearer {realm.token}", "Content-Type": "application/scim+json"}
        created = await client.send(Request("POST", f"{realm.base_url}/Bulk", headers, body))
        assert created.status == 200
        page = await client.send(Request("GET", f"{realm.base_url}/Users?startIndex=101&count=100", headers))
    assert len(json.loads(page.body)["Resources"]) == 30
    assert failures(await results(load_bundled("okta-import"), realm, f"Bearer {realm.token}")) == {}


def test_the_check_command_scores_a_server(realm: Realm) -> None:
    suites = ("--suite", "okta-wizard", "--suite", "okta-catalogue", "--suite", "entra", "--okta-spec", str(SPEC))
    flags = (realm.base_url, "--token", realm.token, "--format", "json", "--keep")
    for _ in range(2):  # it can be done again: the names are others each time
        report = json.loads(realm.installation.command("check", *flags, *suites))
        assert report["passed"]
        played = {name: len(suite["steps"]) for name, suite in report["suites"].items()}
        assert played == {"okta-wizard": 68, "okta-catalogue": 46, "entra": 29, "okta-spec": 12}


def test_the_check_command_fails_when_a_step_does(realm: Realm) -> None:
    done = realm.installation.attempt("check", realm.base_url, "--suite", "okta-import", "--token", "wrong-token")
    assert done.returncode == 1
    assert "okta-import/1  page 1" in done.stdout
    assert "status 401, expected 200" in done.stdout
    assert "wrong-token" not in done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("does not work")
