"""Places in documents: the PATCH that leads from one to another, judged by the PATCH of our own service provider."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.provisioning.styles.places import edits, filled, lists_differ, values_at
from scimbridge.scim.core import CORE
from scimbridge.scim.patch import PATCH_OP, compile_patch

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
KIND = CORE.by_name["User"]

texts = st.text("ab c'", min_size=1, max_size=3)
mails = st.lists(
    st.fixed_dictionaries({"value": texts, "type": st.sampled_from(["work", "home"])}), min_size=1, max_size=2
)


def filled_in(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


enterprises = filled_in(department=texts, manager=filled_in(value=texts).filter(bool))
documents = filled_in(
    displayName=texts,
    active=st.booleans(),
    name=filled_in(givenName=texts, familyName=texts).filter(bool),
    emails=mails,
    **{ENTERPRISE: enterprises.filter(bool)},
).map(lambda members: {"userName": "ada", **members})


@given(documents, documents)
def test_the_edits_lead_from_one_document_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    operations = edits(before, after)
    if not operations:
        assert before == after
        return
    patched = compile_patch({"schemas": [PATCH_OP], "Operations": operations}, KIND).apply(before)
    patched.pop("schemas", None)
    assert patched == after


@given(documents)
def test_a_document_needs_no_edits_to_become_itself(document: dict[str, Any]) -> None:
    assert edits(document, document) == []
    assert not lists_differ(document, document)


@given(documents)
def test_every_filled_place_has_a_value(document: dict[str, Any]) -> None:
    for path in filled(document):
        assert values_at(document, path)


@given(documents, documents)
def test_lists_differ_where_an_edit_carries_or_removes_one(before: dict[str, Any], after: dict[str, Any]) -> None:
    paths = [operation["path"] for operation in edits(before, after)]
    assert lists_differ(before, after) == ("emails" in paths)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("userName", ["ada"]),
        ("name.familyName", ["Moss"]),
        ("emails", ["w", "h"]),
        ("emails.value", ["w", "h"]),
        ('emails[type eq "work"].value', ["w", "h"]),
        (f"{ENTERPRISE}:department", ["Tea"]),
        (f"{ENTERPRISE}:manager.value", ["m"]),
        (f"{ENTERPRISE}:costCenter", []),
        ("urn:example:other:1.0:User:desk", []),
        ("title", []),
        ("userName.value", []),
    ],
)
def test_values_are_found_at_a_path(path: str, values: list[str]) -> None:
    document = {
        "userName": "ada",
        "name": {"familyName": "Moss"},
        "emails": [{"value": "w", "type": "work"}, {"value": "h"}],
        ENTERPRISE: {"department": "Tea", "manager": {"value": "m"}},
    }
    assert values_at(document, path) == values
