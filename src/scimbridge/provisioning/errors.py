"""What can go wrong at the other end, and where people come from.

ProvisioningError
 +- TargetUnavailable   no answer, or "not now": may be tried again after `retry_after` seconds
 +- TargetRefused       the peer read the request and said no; `reason` is in its own words
 |   +- TargetGone      there is no such resource there any more
 +- TargetMisbehaved    an answer that fits nothing the peer documents
 +- PlanRefused         a safeguard holds what was planned until a person lets it pass
 +- PushOccupied        another process pushes this application now
 +- ImportOccupied      another process imports from this source now
 +- SourceUnreadable    people and groups could not be read from where they come from
"""

from collections.abc import Mapping


class ProvisioningError(Exception):
    """Never raised itself. `written`: the id of what had been created there before it went wrong, "" = nothing."""

    written: str = ""


class TargetUnavailable(ProvisioningError):  # noqa: N818 (the field's word)
    """The target did not answer, or asked to come back later; nothing is known of what it did.

    `throttled`: it wants fewer requests altogether (429), so that nothing more is sent for `retry_after` seconds.
    `advice`: what a person can do about it, "" = wait.
    """

    def __init__(self, reason: str, retry_after: int = 5, *, throttled: bool = False, advice: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.throttled = throttled
        self.advice = advice


class TargetRefused(ProvisioningError):  # noqa: N818
    """The target refused and changed nothing. `attribute` is the SCIM attribute that it objects to, "" if unknown.

    `conflict`: another resource there has this value. `forbidden`: our credential may not.
    """

    def __init__(self, reason: str, *, attribute: str = "", conflict: bool = False, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attribute = attribute
        self.conflict = conflict
        self.forbidden = forbidden


class TargetGone(TargetRefused):
    """The resource that was to be changed is not there any more."""


class TargetMisbehaved(ProvisioningError):  # noqa: N818
    """The target answered what its documentation does not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlanRefused(ProvisioningError):  # noqa: N818
    """Nothing was sent. `reasons`: safeguard by name -> a sentence with the numbers; each can be let pass by name."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(" ".join(reasons.values()))
        self.reasons = dict(reasons)


class PushOccupied(ProvisioningError):  # noqa: N818
    """Nothing was sent: only one process at a time pushes an application, and now it is `holder`."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} is pushing this application now.")
        self.holder = holder


class ImportOccupied(ProvisioningError):  # noqa: N818
    """Nothing was imported: only one process at a time imports from a source, and now it is `holder`."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} is importing from this source now.")
        self.holder = holder


class SourceUnreadable(ProvisioningError):  # noqa: N818
    """Nothing was imported: the source can not be read, or holds what nobody can make sense of."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
