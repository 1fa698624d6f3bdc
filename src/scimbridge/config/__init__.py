"""Settings of a process: flags over environment over a TOML file over defaults, checked all at once."""

from scimbridge.config.readers import SCIM_API, Network
from scimbridge.config.settings import KEYS, Key, Settings, reference_table
from scimbridge.config.sources import ConfigError, check_serving, load

__all__ = [
    "KEYS",
    "SCIM_API",
    "ConfigError",
    "Key",
    "Network",
    "Settings",
    "check_serving",
    "load",
    "reference_table",
]
