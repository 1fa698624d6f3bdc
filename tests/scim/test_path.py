"""PATCH paths: each form names one place, or is refused as a path or as a filter."""

import pytest

from scimbridge.scim.errors import InvalidFilter, InvalidPath, ScimError
from scimbridge.scim.path import find_path

from .truth import BADGE, ENTERPRISE, TYPES

USER = TYPES.by_name["User"]
CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
DRAFT = "urn:scim:schemas:extension:enterprise:2.0"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("userName", (None, "userName", None)),
        ("USERNAME", (None, "userName", None)),
        ("name.GivenName", (None, "name", "givenName")),
        ("emails", (None, "emails", None)),
        ("emails.value", (None, "emails", "value")),
        (f"{CORE_USER}:userName", (None, "userName", None)),
        (f"{CORE_USER}:name.familyName", (None, "name", "familyName")),
        (f"{ENTERPRISE}:department", (ENTERPRISE, "department", None)),
        (f"{ENTERPRISE}:manager.value", (ENTERPRISE, "manager", "value")),
        (f"{ENTERPRISE}.department", (ENTERPRISE, "department", None)),
        (f"{ENTERPRISE}.manager.value", (ENTERPRISE, "manager", "value")),
        (f"{DRAFT}:department", (ENTERPRISE, "department", None)),
        (f"{BADGE}:visits.floor", (BADGE, "visits", "floor")),
        ("department", (ENTERPRISE, "department", None)),
        ("manager", (ENTERPRISE, "manager", None)),
        ('emails[type eq "work"]', (None, "emails", None)),
        ('emails[type eq "work"].Value', (None, "emails", "value")),
        (f'{ENTERPRISE}:manager[value eq "x"]', (ENTERPRISE, "manager", None)),
        ("nickname2", (None, "nickname2", None)),
        ("urn:example:other:1.0:User:shoe", ("urn:example:other:1.0:User", "shoe", None)),
        (f"{CORE_USER}:shoe", (None, "shoe", None)),
        (f"{ENTERPRISE}:shoe", (ENTERPRISE, "shoe", None)),
    ],
)
def test_every_form_of_a_path_names_its_place(text: str, place: tuple[str | None, str, str | None]) -> None:
    path = find_path(text, USER)
    assert (path.schema, path.name, path.sub and path.sub.name) == place


@pytest.mark.parametrize(
    ("text", "seed"),
    [
        ('emails[type eq "work"]', {"type": "work"}),
        ('emails[type eq "work" and PRIMARY eq true]', {"type": "work", "primary": True}),
        ('roles[primary eq "True"].value', {"primary": True}),
        ('emails[value eq "A@x.test"]', {"value": "A@x.test"}),
        ('emails[type eq "work" or type eq "home"]', None),
        ('emails[type ne "work"]', None),
        ('emails[not (type eq "work")]', None),
        ("emails[type pr]", None),
        ("emails[type eq null]", None),
    ],
)
def test_a_filter_of_equalities_says_what_a_new_value_holds(text: str, seed: dict[str, object] | None) -> None:
    assert find_path(text, USER).seed == seed


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name.nothing", InvalidPath),
        ("nothing.sub", InvalidPath),
        ('nothing[type eq "x"]', InvalidPath),
        ('emails[type eq "work"].nothing', InvalidPath),
        ("emails[type eq", InvalidFilter),
        ("emails[]", InvalidFilter),
        ("emails[nothing pr]", InvalidFilter),
        ("userName[value pr]", InvalidFilter),
        ('emails[type eq "work"]value', InvalidPath),
        ('emails[type eq "work"].value.x', InvalidPath),
        ('emails[type eq "work"].value eq "x"', InvalidPath),
        ("emails.value[a pr].b", InvalidPath),
        ("[a pr]", InvalidPath),
        ("user name", InvalidPath),
        ("a..b", InvalidPath),
        ("/userName", InvalidPath),
        ("é", InvalidPath),
    ],
)
def test_what_names_no_place_is_refused(text: str, error: type[ScimError]) -> None:
    with pytest.raises(error):
        find_path(text, USER)
