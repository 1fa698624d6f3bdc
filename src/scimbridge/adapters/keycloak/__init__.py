"""Keycloak by its Admin REST API."""
