"""Settings -> adapters -> services -> application: the one place that knows all of them."""

from scimbridge.wiring.instance import Instance, scim_base_url

__all__ = ["Instance", "scim_base_url"]
