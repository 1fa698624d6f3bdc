"""What the target says, in words that an identity provider's task list shows as they stand."""

from collections.abc import Iterator
from contextlib import contextmanager

from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused, TargetUnavailable
from scimbridge.scim.errors import Forbidden, InvalidValue, ScimError, Unavailable, Uniqueness

# After an answer that fits nothing: long enough for a person to look, short enough for a restart there.
_RETRY_AFTER_NONSENSE = 30


@contextmanager
def refusals() -> Iterator[None]:
    """Raises ScimError for ProvisioningError."""
    try:
        yield
    except TargetRefused as refused:
        raise refusal(refused) from None
    except TargetUnavailable as unavailable:
        raise Unavailable(
            f"Keycloak cannot be asked just now: {unavailable.reason}",
            headers={"Retry-After": str(unavailable.retry_after)},
        ) from None
    except TargetMisbehaved as misbehaved:
        # 502 is none of SCIM's statuses, and the identity provider can do no more than try again.
        raise Unavailable(
            f"Keycloak gave an answer that makes no sense: {misbehaved.reason}",
            headers={"Retry-After": str(_RETRY_AFTER_NONSENSE)},
        ) from None


def refusal(refused: TargetRefused) -> ScimError:
    said = f"Keycloak refuses: {refused.reason}"
    detail = f'Attribute "{refused.attribute}": {said}' if refused.attribute else said
    if refused.conflict:
        return Uniqueness(detail)
    return Forbidden(detail) if refused.forbidden else InvalidValue(detail)
