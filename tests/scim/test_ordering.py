"""Sorting in memory puts users in the order that the truth table says."""

import pytest

from scimbridge.scim.errors import InvalidValue
from scimbridge.scim.ordering import bind_sort, sort_key

from .truth import ORDERS, TYPES, Order, user_views

USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.by)
def test_sorts_by_any_attribute_both_ways(order: Order) -> None:
    target = bind_sort(order.by, USER)
    views = user_views()
    ascending = sorted(views, key=lambda name: sort_key(views[name], target))
    descending = sorted(views, key=lambda name: sort_key(views[name], target), reverse=True)
    assert (ascending, descending) == (order.ascending.split(), order.descending.split())


def test_the_primary_value_counts_before_the_first() -> None:
    target = bind_sort("emails.value", USER)
    resource = {"emails": [{"value": "a@x.test"}, {"value": "B@x.test", "primary": True}]}
    assert sort_key(resource, target) == (False, "b@x.test")


@pytest.mark.parametrize("path", ["name", "addresses", "password", "nothing", "members", "emails[", "", "a b"])
def test_refuses_what_gives_no_order(path: str) -> None:
    with pytest.raises(InvalidValue, match="sortBy"):
        bind_sort(path, USER)
