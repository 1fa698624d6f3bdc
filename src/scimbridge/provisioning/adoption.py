"""Whether what is found at the target under the same name is taken over."""

from collections.abc import Mapping
from typing import Any, Literal

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.ports import Ledger
from scimbridge.provisioning.target import Adopt


def adoption(
    application: Application,
    ledger: Ledger,
    type: Literal["User", "Group"],  # noqa: A002
    source: str,
    *,
    resumed: bool,
    external_id: str | None = None,
) -> Adopt:
    """The rule for one user or group here.

    `resumed`: a create was begun before and nobody knows what became of it, so that a match is ours whatever the
    application's `on_match` is, unless it has another `external_id` than we would have sent.
    What is linked to somebody else here is never taken over: raises TargetRefused.
    """

    def adopt(found: Mapping[str, Any]) -> bool:
        link = ledger.linked(type, str(found.get("id", "")))
        if link is not None and link.source != source:
            raise TargetRefused(f'"{link.name}" there is linked to somebody else here already.', conflict=True)
        if application.on_match == "link":
            return True
        theirs = found.get("externalId")
        return resumed and (theirs is None or external_id is None or theirs == external_id)

    return adopt
