"""Settings -> adapters -> services -> application: the one place that knows all of them."""

from scimbridge.wiring.instance import Instance, scim_base_url
from scimbridge.wiring.serving import serve

__all__ = ["Instance", "scim_base_url", "serve"]
