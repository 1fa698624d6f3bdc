"""SCIM servers of others over HTTP: what provisioning.target.Transport is fulfilled by."""
