"""What a service provider says of itself (RFC 7644 section 4, RFC 7643 sections 5 to 7, RFC 9865 section 3).

`base` is the SCIM base URL as the client knows it, such as https://host/realms/acme/scim/v2, without a last slash.
"""

from typing import Any

from scimbridge.scim.core import DISCOVERY_SCHEMAS
from scimbridge.scim.definitions import render_schema
from scimbridge.scim.limits import Limits
from scimbridge.scim.schema import ResourceType, ResourceTypes

__all__ = ["Limits", "resource_types", "schemas", "service_provider_config"]

_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
_AUTHENTICATION = (
    {
        "type": "oauthbearertoken",
        "name": "Bearer token",
        "description": "A static token of the realm, or an access token, in the header Authorization.",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": True,
    },
    {
        "type": "oauth2",
        "name": "OAuth 2.0 client credentials",
        "description": "An access token from the realm's token endpoint, asked for with a client's id and secret.",
        "specUri": "https://www.rfc-editor.org/info/rfc6749",
    },
    {
        "type": "httpbasic",
        "name": "HTTP Basic",
        "description": "A client's id and secret in the header Authorization.",
        "specUri": "https://www.rfc-editor.org/info/rfc7617",
    },
)


def service_provider_config(limits: Limits, base: str) -> dict[str, Any]:
    """The features and the limits that a client may count on."""
    return {
        "schemas": [f"{_CORE}ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": limits.max_operations,
            "maxPayloadSize": limits.max_payload,
        },
        "filter": {"supported": True, "maxResults": limits.max_results},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        # No cursorTimeout: a cursor names a place in the order and does not expire.
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": min(limits.default_page, limits.max_results),
            "maxPageSize": limits.max_results,
        },
        "authenticationSchemes": [dict(scheme) for scheme in _AUTHENTICATION],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(types: ResourceTypes, base: str) -> list[dict[str, Any]]:
    """Every resource type; its `id` is its name."""
    return [_resource_type(kind, base) for kind in types.types]


def schemas(types: ResourceTypes, base: str) -> list[dict[str, Any]]:
    """Every schema in use, those of discovery itself included; its `id` is its URN."""
    return [
        {**render_schema(schema), "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"}}
        for schema in (*types.schemas.values(), *DISCOVERY_SCHEMAS)
    ]


def _resource_type(kind: ResourceType, base: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schemas": [f"{_CORE}ResourceType"],
        "id": kind.name,
        "name": kind.name,
        "description": kind.description,
        "endpoint": kind.endpoint,
        "schema": kind.schema.id,
    }
    if kind.extensions:
        document["schemaExtensions"] = [
            {"schema": extension.id, "required": extension.id in kind.required_extensions}
            for extension in kind.extensions
        ]
    location = f"{base}/ResourceTypes/{kind.name}"
    return {**document, "meta": {"resourceType": "ResourceType", "location": location}}
