"""The schemas that every realm has are those of RFC 7643; a realm's own are served if they make sense."""

from typing import Any

import pytest
import scim2_models

from scimbridge.scim.core import CORE, DISCOVERY_SCHEMAS, ENTERPRISE_USER, GROUP, USER, SchemaError, with_extensions
from scimbridge.scim.definitions import parse_schema, render_schema
from scimbridge.scim.schema import Attribute, Schema

BADGE = "urn:example:params:scim:schemas:badge:1.0:User"
MODELS = (
    (USER, scim2_models.User),
    (GROUP, scim2_models.Group),
    (ENTERPRISE_USER, scim2_models.EnterpriseUser),
    (DISCOVERY_SCHEMAS[0], scim2_models.ServiceProviderConfig),
)
# Where we are not as the other reader has it, with the reason.
DEPARTURES = {
    "Group.displayName.uniqueness": "group names are unique here, as Okta and Entra ID need them",
    "Group.members.value.required": "a member without id is refused",
    "Group.members.display.mutability": "found from the member's id",
    "EnterpriseUser.manager.displayName.mutability": "Okta maps it, and its managers need not be users here",
    "EnterpriseUser.manager.value.required": "a name alone is a manager too",
    "EnterpriseUser.manager.$ref.required": "what clients send has none",
}


def badge(**change: Any) -> dict[str, Any]:
    return {"id": BADGE, "name": "Badge", "attributes": [{"name": "number", "type": "integer"}]} | change


def attribute(**change: Any) -> dict[str, Any]:
    return badge(attributes=[{"name": "number"} | change])


def compound(**change: Any) -> dict[str, Any]:
    return attribute(type="complex", subAttributes=[{"name": "part"} | change])


def _facts(attributes: Any, prefix: str = "") -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for one in attributes or []:
        path = prefix + one["name"]
        for key in ("type", "multiValued", "required", "mutability", "returned", "uniqueness", "caseExact"):
            if key != "caseExact" or one["type"] in ("string", "reference", "binary"):
                facts[f"{path}.{key}"] = one.get(key, {"uniqueness": "none"}.get(key))
        facts |= _facts(one.get("subAttributes"), f"{path}.")
    return facts


def test_the_core_schemas_are_those_of_another_reader_of_the_rfc_but_for_departures_with_a_reason() -> None:
    different, missing = set(), set()
    for schema, model in MODELS:
        theirs = _facts(model.to_schema().model_dump()["attributes"], f"{schema.name}.")
        ours = _facts(render_schema(schema)["attributes"], f"{schema.name}.")
        different |= {path for path in theirs.keys() & ours.keys() if theirs[path] != ours[path]}
        missing |= {path for path in theirs.keys() - ours.keys() if path.endswith(".type")}
    assert different == DEPARTURES.keys()
    assert missing == {"ServiceProviderConfig.id.type"}


@pytest.mark.parametrize("schema", [USER, GROUP, ENTERPRISE_USER, *DISCOVERY_SCHEMAS], ids=lambda schema: schema.name)
def test_a_schema_is_read_as_it_is_written_and_every_attribute_says_what_it_is(schema: Schema) -> None:
    assert parse_schema(render_schema(schema)) == schema

    def check(one: Attribute) -> None:
        assert one.description.endswith(".")
        assert bool(one.sub_attributes) == (one.type == "complex")
        for sub in one.sub_attributes:
            check(sub)

    for one in schema.attributes:
        check(one)


def test_a_realm_serves_users_and_groups() -> None:
    user, group = CORE.types
    assert (user.name, user.endpoint, user.naming, user.schema.id) == ("User", "/Users", "userName", USER.id)
    assert (group.name, group.endpoint, group.naming, group.schema.id) == ("Group", "/Groups", "displayName", GROUP.id)
    assert user.extensions == (ENTERPRISE_USER,)


def test_a_custom_schema_is_added_to_its_resource_type_alone() -> None:
    types = with_extensions(CORE, [("User", badge(), True)])
    user, group = types.types
    assert [schema.id for schema in user.extensions] == [ENTERPRISE_USER.id, BADGE]
    assert user.required_extensions == {BADGE}
    assert group.extensions == ()
    assert CORE.by_name["User"].extensions == (ENTERPRISE_USER,)
    target = user.resolve(BADGE.upper(), "NUMBER")
    assert target is not None
    assert target.attribute.type == "integer"


def test_one_schema_may_serve_two_resource_types() -> None:
    types = with_extensions(CORE, [("User", badge(), False), ("Group", badge(), False)])
    assert all(kind.extensions[-1].id == BADGE for kind in types.types)
    assert not any(kind.required_extensions for kind in types.types)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "A schema must be a JSON object."),
        (badge(id=None), '"id" must be a URN'),
        (badge(id="badge"), '"id" must be a URN'),
        (badge(id='urn:example:"x"'), '"id" must be a URN'),
        (badge(id="urn:example:"), '"id" must be a URN'),
        (badge(id="urn:ietf:params:scim:schemas:core:2.0:User"), "SCIM's own URNs"),
        (badge(id="urn:SCIM:schemas:core:2.0"), "SCIM's own URNs"),
        (badge(name=5), f'"name" of {BADGE} must be a string.'),
        (badge(attributes=[]), f'The schema "{BADGE}" has no attributes.'),
        (badge(attributes={"a": 1}), f"The attributes of {BADGE} must be a list."),
        (badge(attributes=["number"]), f'Attribute 1 of {BADGE} needs a "name"'),
        (badge(attributes=[{"name": "a"}, {"name": "7up"}]), f'Attribute 2 of {BADGE} needs a "name"'),
        (attribute(name="a.b"), 'needs a "name"'),
        (badge(attributes=[{"name": "a"}, {"name": "A"}]), f'{BADGE} has the attribute "A" twice.'),
        (attribute(type="text"), f'"type" of {BADGE}:number must be one of: string, boolean'),
        (attribute(type=["string"]), f'"type" of {BADGE}:number must be one of'),
        (attribute(mutability="never"), f'"mutability" of {BADGE}:number must be one of'),
        (attribute(returned="maybe"), f'"returned" of {BADGE}:number must be one of'),
        (attribute(uniqueness="server"), f'"uniqueness" of {BADGE}:number must be one of: none.'),
        (attribute(multiValued="yes"), f'"multiValued" of {BADGE}:number must be true or false.'),
        (attribute(canonicalValues="a"), f'"canonicalValues" of {BADGE}:number must be a list of strings.'),
        (attribute(referenceTypes=[1]), f'"referenceTypes" of {BADGE}:number must be a list of strings.'),
        (attribute(description=1), f'"description" of {BADGE}:number must be a string.'),
        (attribute(subAttributes=[{"name": "a"}]), f"{BADGE}:number has sub-attributes, so its type must be complex."),
        (attribute(type="complex"), f"{BADGE}:number is complex and has no sub-attributes."),
        (compound(type="complex", subAttributes=[{"name": "a"}]), f"{BADGE}:number.part is complex inside"),
        (compound(name=""), f'Attribute 1 of {BADGE}:number needs a "name"'),
        (compound(required=1), f'"required" of {BADGE}:number.part must be true or false.'),
    ],
)
def test_a_schema_that_makes_no_sense_is_refused_naming_the_place(document: Any, said: str) -> None:
    with pytest.raises(SchemaError) as refusal:
        with_extensions(CORE, [("User", document, False)])
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("extensions", "said"),
    [
        ([("Device", badge(), False)], 'no resource type "Device"; there are User, Group.'),
        ([("User", badge(), False), ("User", badge(), False)], "is there already"),
        (
            [("User", badge(), False), ("User", badge(id=BADGE.upper().replace("URN", "urn")), False)],
            "is there already",
        ),
        ([("User", badge(), False), ("Group", badge(description="another"), False)], "is there already"),
    ],
)
def test_a_schema_has_one_place_and_one_meaning(extensions: Any, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        with_extensions(CORE, extensions)
