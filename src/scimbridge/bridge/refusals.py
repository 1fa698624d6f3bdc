"""What the target says, in words that an identity provider's task list shows as they stand."""

from types import TracebackType
from typing import Final

from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused, TargetUnavailable
from scimbridge.scim.errors import Forbidden, InvalidValue, ScimError, Unavailable, Uniqueness

# After an answer that fits nothing: long enough for a person to look, short enough for a restart there.
_RETRY_AFTER_NONSENSE = 30


class Refusals:
    """`with` it around what raises ProvisioningError: ScimError is raised instead.

    A class, because a generator costs three times as much, and each write has one.
    """

    __slots__ = ()

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, TargetRefused):
            raise refusal(error) from None
        if isinstance(error, TargetUnavailable):
            raise Unavailable(
                f"Keycloak cannot be asked just now: {error.reason}", headers={"Retry-After": str(error.retry_after)}
            ) from None
        if isinstance(error, TargetMisbehaved):
            # 502 is none of SCIM's statuses, and the identity provider can do no more than try again.
            raise Unavailable(
                f"Keycloak gave an answer that makes no sense: {error.reason}",
                headers={"Retry-After": str(_RETRY_AFTER_NONSENSE)},
            ) from None


refusals: Final = Refusals()


def refusal(refused: TargetRefused) -> ScimError:
    said = f"Keycloak refuses: {refused.reason}"
    detail = f'Attribute "{refused.attribute}": {said}' if refused.attribute else said
    if refused.conflict:
        return Uniqueness(detail)
    return Forbidden(detail) if refused.forbidden else InvalidValue(detail)
