"""Discovery: what the server says of itself is true, and other implementations can read it."""

from typing import Any

import pytest
from scim2_models import Context, Resource
from scim2_models import ResourceType as TheirResourceType
from scim2_models import Schema as TheirSchema
from scim2_models import ServiceProviderConfig as TheirConfig

from scimbridge.scim.core import CORE, with_extensions
from scimbridge.scim.discovery import Limits, resource_types, schemas, service_provider_config
from scimbridge.scim.resource import Reader

BASE = "https://id.example.test/realms/acme/scim/v2"
BADGE = {"id": "urn:example:params:scim:schemas:badge:1.0:User", "attributes": [{"name": "number", "type": "integer"}]}
TYPES = with_extensions(CORE, [("User", BADGE, True)])


def test_the_limits_are_those_that_hold() -> None:
    config = service_provider_config(Limits(max_operations=5, max_payload=100, max_results=20, default_page=50), BASE)
    assert config["bulk"] == {"supported": True, "maxOperations": 5, "maxPayloadSize": 100}
    assert config["filter"] == {"supported": True, "maxResults": 20}
    assert config["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 20,
        "maxPageSize": 20,
    }


def test_a_config_is_the_callers_to_change() -> None:
    service_provider_config(Limits(), BASE)["authenticationSchemes"][0]["name"] = "changed"
    names = [scheme["name"] for scheme in service_provider_config(Limits(), BASE)["authenticationSchemes"]]
    assert names == ["Bearer token", "OAuth 2.0 client credentials", "HTTP Basic"]


def test_resource_types_name_their_schemas_and_extensions() -> None:
    user, group = resource_types(TYPES, BASE)
    assert user == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "description": "A person's account.",
        "endpoint": "/Users",
        "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions": [
            {"schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "required": False},
            {"schema": BADGE["id"], "required": True},
        ],
        "meta": {"resourceType": "ResourceType", "location": f"{BASE}/ResourceTypes/User"},
    }
    assert "schemaExtensions" not in group


def test_schemas_are_those_in_use_and_those_of_discovery() -> None:
    documents = schemas(TYPES, BASE)
    assert [document["name"] for document in documents] == [
        *("User", "EnterpriseUser", "", "Group", "ServiceProviderConfig", "ResourceType", "Schema"),
    ]
    for document in documents:
        assert document["meta"] == {"resourceType": "Schema", "location": f"{BASE}/Schemas/{document['id']}"}


def _described(document: Any, attributes: list[dict[str, Any]]) -> None:
    """Every member is an attribute that is described."""
    by_name = {attribute["name"]: attribute for attribute in attributes}
    for name, value in document.items():
        if name not in ("schemas", "id", "meta", "externalId"):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    _described(part, by_name[name]["subAttributes"])
                assert name in by_name


@pytest.mark.parametrize(
    "document",
    # The schema of schemas is left out: it nests one level more than it can say (RFC 7643 section 8.7.2 as well).
    [service_provider_config(Limits(), BASE), *resource_types(TYPES, BASE), *schemas(TYPES, BASE)[:-1]],
    ids=lambda document: document.get("id", "config"),
)
def test_discovery_documents_are_as_their_own_schemas_describe_them(document: dict[str, Any]) -> None:
    by_urn = {schema["id"]: schema for schema in schemas(TYPES, BASE)}
    _described(document, by_urn[document["schemas"][0]]["attributes"])


def test_another_implementation_reads_them() -> None:
    TheirConfig.model_validate(service_provider_config(Limits(), BASE), scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    for document in resource_types(TYPES, BASE):
        TheirResourceType.model_validate(document, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    for document in schemas(CORE, BASE):
        theirs = TheirSchema.model_validate(document, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
        if document["name"] in ("User", "Group"):
            model: Any = Resource.from_schema(theirs)
            naming = CORE.by_name[document["name"]].naming
            body = model.model_validate({"schemas": [document["id"]], naming: "n"}).model_dump(
                scim_ctx=Context.RESOURCE_CREATION_REQUEST
            )
            assert Reader(CORE.by_name[document["name"]]).read(body).document == {
                "schemas": [document["id"]],
                naming: "n",
            }
