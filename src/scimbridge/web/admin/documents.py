"""How realms, clients, tokens, keys and records of changes look in the admin API; no secret is in any of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scimbridge.access.ports import AdminEvent, Client, Secret, SigningKey, Token
from scimbridge.directory.ports import Entry

Document = dict[str, Any]


def client_document(client: Client) -> Document:
    return {
        "clientId": client.client_id,
        "id": client.id,
        "description": client.description,
        "enabled": client.enabled,
        "serviceAccount": client.service_account,
        "grants": list(client.grants),
        "roles": list(client.roles),
        "created": _time(client.created),
        "secrets": _secrets(client.secrets),
    }


def token_document(token: Token) -> Document:
    return {
        "name": token.name,
        "roles": list(token.roles),
        "created": _time(token.created),
        "lastUsed": _time(token.last_used),
        "secrets": _secrets(token.secrets),
    }


def key_document(key: SigningKey) -> Document:
    return {"kid": key.kid, "created": _time(key.created), "expires": _time(key.expires), "active": key.expires is None}


def event_document(event: AdminEvent) -> Document:
    return {
        "sequence": event.sequence,
        "time": _time(event.time),
        "actor": event.actor,
        "operation": event.operation,
        "subject": event.subject,
        "realm": event.realm,
        "detail": dict(event.detail),
    }


def entry_document(entry: Entry) -> Document:
    return {
        "sequence": entry.sequence,
        "time": entry.time,
        "principal": entry.actor.principal,
        "client": entry.actor.client,
        "requestId": entry.actor.request_id,
        "operation": entry.operation,
        "type": entry.type,
        "id": entry.id,
        "name": entry.name,
        "before": entry.before,
        "after": entry.after,
        "membersAdded": list(entry.members_added),
        "membersRemoved": list(entry.members_removed),
        "password": entry.password,
    }


def _secrets(secrets: Sequence[Secret]) -> list[Document]:
    """When each was made and ends: enough to see a rotation under way."""
    return [{"created": _time(secret.created), "expires": _time(secret.expires)} for secret in secrets]


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds").replace("+00:00", "Z")
