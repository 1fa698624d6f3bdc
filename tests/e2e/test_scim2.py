"""The python-scim family, unmodified: scim2-tester through its own command line, and scim2-client."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import (
    BulkResponse,
    Error,
    ListResponse,
    PatchOp,
    SearchRequest,
)

from .conftest import Realm
from .server import execute

pytestmark = pytest.mark.slow

STYLE = re.compile(r"\x1b\[[0-9;]*m")
VERDICT = re.compile(r"^(SUCCESS|COMPLIANT|ACCEPTABLE|DEVIATION|ERROR|CRITICAL|SKIPPED)\b")


def test_scim2_tester_finds_no_error(realm: Realm) -> None:
    done = execute(
        [Path(sys.executable).with_name("scim2"), "--url", realm.base, "test", "--verbose"],
        realm.installation.folder,
        os.environ | {"SCIM_CLI_HEADERS": f"Authorization: Bearer {realm.token}", "NO_COLOR": "1"},
        timeout=300,
    )
    report = STYLE.sub("", done.stdout)
    verdicts = [found[1] for line in report.splitlines() if (found := VERDICT.match(line))]
    bad = [verdict for verdict in verdicts if verdict in {"ERROR", "CRITICAL", "DEVIATION"}]
    assert not bad, report
    # A tester that could not reach the server, or that skipped everything, would find no error either.
    assert verdicts.count("SUCCESS") >= 100, report + done.stderr


@pytest.fixture(scope="module")
def client(realm: Realm) -> Iterator[Any]:
    """A client that learnt the schemas from the server and checks every reply against them.

    Any: its models exist only at run time.
    """
    with Client(base_url=realm.base, headers={"Authorization": f"Bearer {realm.token}"}) as http:
        scim = SyncSCIMClient(http)
        scim.discover()
        yield scim


def model(client: Any, name: str) -> Any:
    found = client.get_resource_model(name)
    assert found is not None, f"{name} was not discovered"
    return found


def patch_of(resource: Any, *operations: dict[str, Any]) -> Any:
    message: Any = PatchOp
    return message[resource].model_validate({"Operations": operations})


def search(**parameters: Any) -> SearchRequest[Any]:
    return SearchRequest[Any].model_validate(parameters)


def test_a_user_lives_its_whole_life_through_scim2_client(client: Any) -> None:
    user_type = model(client, "User")
    created = client.create(
        user_type(user_name="ada@example.test", display_name="Ada", active=True, password="kX81mQz0-long")
    )
    assert isinstance(created, user_type)
    assert created.password is None
    assert created.meta is not None

    read = client.query(user_type, created.id)
    assert read == created

    read.display_name = "Ada Moss"
    replaced = client.replace(read)
    assert replaced.display_name == "Ada Moss"
    assert replaced.meta.version != created.meta.version

    patch = patch_of(user_type, {"op": "replace", "path": "active", "value": False})
    assert client.modify(user_type, created.id, patch).active is False

    client.delete(user_type, created.id)
    gone = client.query(user_type, created.id, raise_scim_errors=False)
    assert isinstance(gone, Error)
    assert gone.status == 404


def test_lists_and_searches_parse_as_scim2_models(client: Any) -> None:
    user_type, group_type = model(client, "User"), model(client, "Group")
    people = [client.create(user_type(user_name=f"list-{n}@example.test", title=f"t{n}")) for n in range(5)]
    group = client.create(
        group_type(display_name="list-team", members=[group_type.Members(value=person.id) for person in people])
    )

    page = client.query(
        user_type,
        query_parameters=search(filter='userName sw "list-"', startIndex=2, count=2, sortBy="title"),
    )
    assert isinstance(page, ListResponse)
    assert (page.total_results, page.items_per_page) == (5, 2)
    assert [person.title for person in page.resources or []] == ["t1", "t2"]

    everything = client.search(search_request=search(filter='meta.created gt "2026-01-01T00:00:00Z"', count=1000))
    assert {type(resource) for resource in everything.resources or []} == {user_type, group_type}

    slim = client.query(user_type, people[0].id, query_parameters=search(attributes=["groups"]))
    assert [membership.value for membership in slim.groups] == [group.id]
    assert slim.user_name is None


def test_a_bulk_request_of_scim2_client_resolves_its_references(client: Any) -> None:
    answer = client.bulk(
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "failOnErrors": 1,
            "Operations": [
                {
                    "method": "POST",
                    "path": "/Groups",
                    "bulkId": "team",
                    "data": {"displayName": "bulk-team", "members": [{"value": "bulkId:ada"}]},
                },
                {
                    "method": "POST",
                    "path": "/Users",
                    "bulkId": "ada",
                    "data": {"userName": "bulk-ada@example.test", "displayName": "Ada"},
                },
            ],
        },
        check_request_payload=False,
    )
    assert isinstance(answer, BulkResponse)
    assert [str(operation.status) for operation in answer.operations or []] == ["201", "201"]
    group = client.query(model(client, "Group"), query_parameters=search(filter='displayName eq "bulk-team"'))
    assert [member.display for member in group.resources[0].members] == ["Ada"]


def test_a_taken_user_name_is_the_error_that_scim2_client_knows(client: Any) -> None:
    user_type = model(client, "User")
    client.create(user_type(user_name="twice@example.test"))
    error = client.create(user_type(user_name="TWICE@example.test"), raise_scim_errors=False)
    assert isinstance(error, Error)
    assert (error.status, error.scim_type) == (409, "uniqueness")
