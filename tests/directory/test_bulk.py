"""Bulk requests: order, references between operations, errors."""

from typing import Any

import orjson
import pytest

from scimbridge.directory.bulk import Bulk
from scimbridge.scim.bulk import bulk_request
from scimbridge.scim.errors import Forbidden, NotFound

from .conftest import BASE, Site, patch


def post(path: str, bulk_id: str, **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def group(bulk_id: str, *members: str) -> dict[str, Any]:
    return post("/Groups", bulk_id, displayName=bulk_id, members=[{"value": member} for member in members])


async def run(site: Site, *operations: dict[str, Any], fail_on_errors: int | None = None) -> list[dict[str, Any]]:
    body: dict[str, Any] = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": list(operations),
    }
    if fail_on_errors is not None:
        body["failOnErrors"] = fail_on_errors

    def authorize(method: str, endpoint: str, single: bool) -> None:  # noqa: ARG001
        if method == "DELETE" and endpoint == "Groups":
            raise Forbidden("no")

    answer = await Bulk(site.service, bulk_request(body), site.call(), authorize).run()
    return list(orjson.loads(answer)["Operations"])


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def id_of(result: dict[str, Any]) -> str:
    return str(result["location"].rsplit("/", 1)[1])


async def test_each_operation_has_a_result_with_its_location_and_version(site: Site) -> None:
    user = await site.user()
    results = await run(
        site,
        post("/Users", "new", userName="bo@example.test"),
        {"method": "PUT", "path": f"/Users/{user['id']}", "data": user | {"title": "Engineer"}},
        {
            "method": "PATCH",
            "path": f"/Users/{user['id']}",
            "version": 'W/"2"',
            "data": patch({"op": "replace", "value": {"active": False}}),
        },
        {"method": "DELETE", "path": f"/Users/{user['id']}", "version": 'W/"3"'},
    )
    assert statuses(results) == ["201", "200", "200", "204"]
    assert results[0]["bulkId"] == "new"
    assert [result.get("version") for result in results] == ['W/"1"', 'W/"2"', 'W/"3"', None]
    assert results[3]["location"] == f"{BASE}/Users/{user['id']}"
    with pytest.raises(NotFound):
        await site.show(user["id"])


async def test_the_patch_of_the_rfcs_own_example_is_a_bare_list(site: Site) -> None:
    user = await site.user()
    operations = [{"op": "replace", "path": "title", "value": "Engineer"}]
    assert statuses(await run(site, {"method": "PATCH", "path": f"/Users/{user['id']}", "data": operations})) == ["200"]
    assert (await site.show(user["id"]))["title"] == "Engineer"


@pytest.mark.parametrize("user_first", [True, False], ids=["made before", "made further down"])
async def test_a_reference_finds_what_the_same_request_makes(site: Site, user_first: bool) -> None:
    operations = [post("/Users", "ada", userName="ada@example.test"), group("blue", "bulkId:ada")]
    results = await run(site, *(operations if user_first else operations[::-1]))
    assert statuses(results) == ["201", "201"]
    ada, blue = results if user_first else results[::-1]
    assert [member["value"] for member in (await site.show(id_of(blue)))["members"]] == [id_of(ada)]


async def test_a_reference_in_a_path_finds_what_was_made(site: Site) -> None:
    results = await run(
        site,
        post("/Users", "ada", userName="ada@example.test"),
        {"method": "PATCH", "path": "/Users/bulkId:ada", "data": patch({"op": "add", "value": {"title": "x"}})},
    )
    assert statuses(results) == ["201", "200"]
    assert (await site.show(id_of(results[0])))["title"] == "x"


async def test_groups_that_contain_each_other_are_made(site: Site) -> None:
    results = await run(site, group("a", "bulkId:b"), group("b", "bulkId:c"), group("c", "bulkId:a"))
    assert statuses(results) == ["201", "201", "201"]
    a, b, c = (id_of(result) for result in results)
    shown = [[member["value"] for member in (await site.show(id_))["members"]] for id_ in (a, b, c)]
    assert shown == [[b], [c], [a]]
    assert all([(await site.show(id_of(result)))["meta"]["version"] == result["version"] for result in results])


async def test_a_circle_with_a_broken_link_leaves_nothing_half_made(site: Site) -> None:
    broken = post("/Groups", "b", members=[{"value": "bulkId:a"}])
    results = await run(site, group("a", "bulkId:b"), broken)
    assert statuses(results) == ["409", "400"]
    assert site.directory.lookup("Group", "a") is None


async def test_a_reference_to_nothing_is_a_conflict_of_that_operation_alone(site: Site) -> None:
    results = await run(site, group("blue", "bulkId:nobody"), post("/Users", "ada", userName="ada@example.test"))
    assert statuses(results) == ["409", "201"]
    assert "nobody" in results[0]["response"]["detail"]


async def test_after_so_many_errors_the_rest_is_not_tried(site: Site) -> None:
    bad = {"method": "DELETE", "path": "/Users/nobody"}
    good = post("/Users", "ada", userName="ada@example.test")
    assert statuses(await run(site, bad, bad, good, fail_on_errors=2)) == ["404", "404"]
    assert statuses(await run(site, bad, good, fail_on_errors=2)) == ["404", "201"]


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        ({"method": "DELETE", "path": "/Groups/1"}, "403"),
        ({"method": "DELETE", "path": "/Nothing/1"}, "404"),
        ({"method": "DELETE", "path": "/Users"}, "405"),
        ({"method": "DELETE", "path": "/Users/1/2"}, "400"),
        ({"method": "POST", "path": "/Users/1", "bulkId": "x", "data": {"userName": "x"}}, "405"),
        ({"method": "POST", "path": "/Users", "bulkId": "x", "data": {}}, "400"),
    ],
)
async def test_a_bad_operation_has_an_error_of_its_own(site: Site, operation: dict[str, Any], status: str) -> None:
    (result,) = await run(site, operation)
    assert result["status"] == status == result["response"]["status"]
