"""What a plan may do unasked: the share and number of people whom it takes access from, and an empty source."""

from collections.abc import Mapping

from scimbridge.provisioning.application import Safeguards

DEACTIVATIONS, EMPTY_SOURCE = "deactivations", "empty-source"

# Of so few people any share is soon passed.
_FEW = 10


def objections(safeguards: Safeguards, *, losing: int, linked: int, assigned: int) -> Mapping[str, str]:
    """Safeguard by name -> what it objects to.

    `losing`: people who are deactivated, deleted or taken out of a group there; `linked`: people who are active there;
    `assigned`: people who are to be.
    """
    found = {}
    if safeguards.empty_source and linked and not assigned:
        found[EMPTY_SOURCE] = (
            f"Nobody is assigned, although {_people(linked, 'is', 'are')} provisioned there:"
            " is the source empty by mistake?"
        )
    limits = _limits(safeguards, losing, linked)
    if limits:
        found[DEACTIVATIONS] = (
            f"{_people(losing, 'loses', 'lose')} access, of {linked:,} who are provisioned: more than {limits}."
        )
    return found


def _limits(safeguards: Safeguards, losing: int, linked: int) -> str:
    """Those that are passed, in words."""
    passed = []
    if losing > _FEW and losing > safeguards.deactivations * linked:
        passed.append(f"{safeguards.deactivations:.0%}")
    if safeguards.deactivations_count and losing > safeguards.deactivations_count:
        passed.append(f"{safeguards.deactivations_count:,}")
    return " and more than ".join(passed)


def _people(number: int, one: str, many: str) -> str:
    return f"1 person {one}" if number == 1 else f"{number:,} people {many}"
