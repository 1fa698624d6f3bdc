"""Which role opens which route."""

import pytest

from scimbridge.access.policy import ROLES, authorize, check_roles
from scimbridge.access.principal import Principal
from scimbridge.scim.errors import Forbidden, InvalidValue

DISCOVERY = ["ServiceProviderConfig", "ResourceTypes", "Schemas"]
# Method, endpoint, single -> the roles that do.
ROUTES = [
    ("GET", "Users", True, {"view-users", "manage-users", "realm-admin"}),
    ("GET", "Users", False, {"query-users", "view-users", "manage-users", "realm-admin"}),
    ("GET", "Groups", True, {"view-users", "manage-users", "realm-admin"}),
    ("GET", "Groups", False, {"query-groups", "view-users", "manage-users", "realm-admin"}),
    ("HEAD", "Users", True, {"view-users", "manage-users", "realm-admin"}),
    ("GET", "", False, {"view-users", "manage-users", "realm-admin"}),
    ("GET", "Me", False, {"view-users", "manage-users", "realm-admin"}),
    ("POST", "Bulk", False, {"manage-users", "realm-admin"}),
    *(
        (method, "Users", method != "POST", {"manage-users", "realm-admin"})
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ),
    *(
        (method, "Groups", method != "POST", {"manage-users", "realm-admin"})
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ),
    *(("GET", endpoint, single, set(ROLES)) for endpoint in DISCOVERY for single in (True, False)),
]


def allowed(principal: Principal, method: str, endpoint: str, single: bool) -> bool:
    try:
        authorize(principal, method, endpoint, single)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(("method", "endpoint", "single", "expected"), ROUTES)
def test_a_route_opens_to_exactly_its_roles(method: str, endpoint: str, single: bool, expected: set[str]) -> None:
    opening = {role for role in ROLES if allowed(Principal("x", "x", frozenset({role})), method, endpoint, single)}
    assert opening == expected


@pytest.mark.parametrize(("method", "endpoint", "single", "_expected"), ROUTES)
def test_nothing_opens_without_a_role(method: str, endpoint: str, single: bool, _expected: set[str]) -> None:
    assert not allowed(Principal("x", "x", frozenset()), method, endpoint, single)


def test_a_refusal_names_the_roles_of_which_one_would_do() -> None:
    with pytest.raises(Forbidden) as refusal:
        authorize(Principal("x", "x", frozenset({"view-users"})), "POST", "Users", False)
    assert (
        refusal.value.detail == "POST /Users needs one of these roles of realm-management: manage-users, realm-admin."
    )


def test_a_user_reads_itself_and_nothing_else() -> None:
    user = Principal("ada", "app", frozenset(), user="u1")
    assert allowed(user, "GET", "Me", False)
    assert not allowed(user, "PATCH", "Me", False)
    assert not allowed(user, "GET", "Users", True)
    assert not allowed(user, "GET", "Schemas", False)


def test_roles_come_in_their_order_without_duplicates() -> None:
    assert check_roles(["view-realm", "manage-users", "view-realm"]) == ("manage-users", "view-realm")


def test_an_unknown_role_is_refused_with_the_list() -> None:
    with pytest.raises(
        InvalidValue, match='"root" is no role of realm-management; there are: manage-users, view-users'
    ):
        check_roles(["view-users", "root"])
