"""What a plan may do unasked: the share and number of people whom it takes access from, and an empty source."""

from collections.abc import Mapping

from scimbridge.provisioning.application import Safeguards
from scimbridge.provisioning.ports import Ledger

DEACTIVATIONS, EMPTY_SOURCE = "deactivations", "empty-source"

# Of so few people any share is soon passed.
_FEW = 10


def objections(safeguards: Safeguards, *, losing: int, linked: int, assigned: int) -> Mapping[str, str]:
    """Safeguard by name -> what it objects to.

    `losing`: of the people who are active there those who are deactivated or deleted; `linked`: all of them;
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


def takes_access(action: str, type: str, source: str, ledger: Ledger) -> bool:  # noqa: A002
    """Whether this line of a plan or a journal ends the access of somebody who is active there.

    Who only leaves a group there keeps the application, as in Okta's own safeguard, which counts unassignments.
    """
    if type != "User" or action not in {"deactivate", "delete"}:
        return False
    link = ledger.link("User", source)
    return link is not None and link.state == "active"


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
