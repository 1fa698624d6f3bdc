"""Keycloak's refusals as an identity provider's task list shows them; the bodies are those of 26.5.6 and 26.7.4."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.access.realm import DEFAULT_ATTRIBUTES
from scimbridge.adapters.keycloak.refusals import Refusals

REFUSALS = Refusals(DEFAULT_ATTRIBUTES)


def field(name: str, message: str, *parameters: Any) -> dict[str, Any]:
    return {"field": name, "errorMessage": message, "params": [name, *parameters]}


CASES: list[tuple[int, Any, str, str]] = [
    (409, {"errorMessage": "User exists with same username"}, "userName", "another user there has this user name."),
    (409, {"errorMessage": "User exists with same email"}, "emails", "another user there has this e-mail address."),
    (
        409,
        {"errorMessage": "User exists with same username or email"},
        "userName",
        "another user there has this user name or e-mail address.",
    ),
    (
        409,
        {"errorMessage": "Top level group named 'Eng' already exists."},
        "displayName",
        "another group there has this name at the same place.",
    ),
    (
        409,
        {"errorMessage": "Sibling group named 'Eng' already exists."},
        "displayName",
        "another group there has this name at the same place.",
    ),
    (409, {"errorMessage": "User is already linked with provider"}, "", "User is already linked with provider."),
    (409, None, "", "it clashes."),
    (400, field("email", "error-invalid-email", "nope"), "emails", "it is not a valid e-mail address."),
    (
        400,
        field("username", "error-invalid-length", 3, 255),
        "userName",
        "it must have between 3 and 255 characters.",
    ),
    (
        400,
        {
            "errors": [
                field("firstName", "error-invalid-length-too-long", None, 255),
                field("email", "error-invalid-email", "nope"),
            ]
        },
        "name.givenName",
        'it must have at most 255 characters; attribute "emails" is not a valid e-mail address.',
    ),
    (400, field("username", "error-user-attribute-read-only"), "userName", "it is read-only there."),
    (400, field("title", "error-pattern-no-match"), "title", "it does not have the required form."),
    (
        400,
        field("phone", "error-user-attribute-required"),
        "phoneNumbers.value",
        "it is required there.",
    ),
    (400, field("shoeSize", "our-own-{rule}"), "shoeSize", "it is refused (our-own-{rule})."),
    (
        400,
        {
            "error": "invalidPasswordMinLengthMessage",
            "error_description": "Invalid password: minimum length 12.",
        },
        "password",
        "its password policy: minimum length 12.",
    ),
    (400, {"errorMessage": "User name is missing"}, "userName", "it is required there."),
    (400, {"errorMessage": "Group name is missing"}, "displayName", "it is required there."),
    (400, {"error": "unknown"}, "", "unknown."),
    (400, {}, "", "no reason given."),
]


@pytest.mark.parametrize(("status", "body", "attribute", "reason"), CASES)
def test_a_refusal_names_the_attribute_and_the_rule(status: int, body: Any, attribute: str, reason: str) -> None:
    refused = REFUSALS.read(status, body)
    assert (refused.attribute, refused.reason) == (attribute, reason)
    assert refused.conflict is (status == 409)


def test_a_missing_role_is_named() -> None:
    refused = REFUSALS.read(403, {"error": "HTTP 403 Forbidden"})
    assert refused.forbidden
    assert "manage-users" in refused.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["errors", "field", "errorMessage", "params", "error", "error_description"]), inner
        )
    ),
)


@given(st.sampled_from([400, 403, 409, 422]), JSON)
def test_no_body_is_too_strange(status: int, body: Any) -> None:
    assert REFUSALS.read(status, body).reason
