from typing import Any

import pytest

from scimbridge.interop.jsonpath import ABSENT, find

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DOCUMENT = {
    "id": "1",
    "emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}],
    "members": [],
    "odd": [{"value": "a"}, {}, "text"],
    "nothing": None,
    ENTERPRISE: {"manager": {"value": "m"}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "1"),
        ("emails[1].value", "w"),
        ("emails[2].value", ABSENT),
        ("emails[type=work].value", "w"),
        ("emails[type=other].value", ABSENT),
        ("emails[*].value", ["h", "w"]),
        ("members[*].value", []),
        ("odd[*].value", ["a"]),
        ("groups[*].value", ABSENT),
        ("id.value", ABSENT),
        ("nothing", None),
        ("nothing.value", ABSENT),
        (f"{ENTERPRISE}.manager.value", "m"),
        (f"{ENTERPRISE}.department", ABSENT),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: Any) -> None:
    assert find(DOCUMENT, path) == value


@pytest.mark.parametrize("path", ["emails[", "emails[]", "a]", ".a"])
def test_a_malformed_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be read at"):
        find(DOCUMENT, path)
