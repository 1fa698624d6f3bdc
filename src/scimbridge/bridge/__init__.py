"""The bridge: a realm's directory written through to a realm of a real Keycloak, in the same call."""
