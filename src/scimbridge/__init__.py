"""SCIM 2.0 provisioning between identity providers and Keycloak, both ends included."""
