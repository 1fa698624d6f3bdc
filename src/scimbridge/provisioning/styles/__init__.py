"""A target's words: what a connection's style makes of the engine's events.

Requests -> Peer -> Okta -> Wizard, Catalogue      word for word what Okta sends
                 -> Adaptive -> AutoUsers -> Auto    as few requests as the target understands
"""

from collections.abc import Callable
from datetime import datetime

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.capabilities import GENERIC, Preset, load_preset
from scimbridge.provisioning.styles.auto import Auto
from scimbridge.provisioning.styles.catalogue import Catalogue
from scimbridge.provisioning.styles.exchange import Exchange
from scimbridge.provisioning.styles.wizard import Wizard
from scimbridge.provisioning.target import Observer, Target, Transport

__all__ = ["open_target", "preset_of"]


def open_target(
    connection: Connection,
    transport: Transport,
    clock: Callable[[], datetime],
    *,
    knows_groups: bool = False,
    observer: Observer | None = None,
) -> Target:
    """The target of a connection; closing it closes the transport.

    `clock` gives the present time in UTC. `knows_groups`: groups are imported (Actions.import_groups). Raises
    ValueError for a preset that there is not.
    """
    preset, exchange = preset_of(connection), Exchange(transport, observer)
    if connection.style == "wizard":
        return Wizard(exchange, connection, preset, clock)
    if connection.style == "catalogue":
        return Catalogue(exchange, connection, preset, clock, knows_groups=knows_groups)
    return Auto(exchange, connection, preset, clock, is_known=bool(connection.preset))


def preset_of(connection: Connection) -> Preset:
    """What is known of a connection's target beforehand. Raises ValueError."""
    return load_preset(connection.preset) if connection.preset else Preset("", "", GENERIC)
