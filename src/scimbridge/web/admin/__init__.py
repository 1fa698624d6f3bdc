"""The admin API: what the console and scripts do to realms, clients, tokens and keys, and read of users and groups."""

from scimbridge.web.admin.routes import routes

__all__ = ["routes"]
