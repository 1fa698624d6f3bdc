"""All functions by name, and what is said of those that are not there."""

from collections.abc import Mapping
from difflib import get_close_matches

from scimbridge.provisioning.expression.arrays import ARRAYS
from scimbridge.provisioning.expression.conversion import CONVERSIONS
from scimbridge.provisioning.expression.function import Function
from scimbridge.provisioning.expression.membership import MEMBERSHIP
from scimbridge.provisioning.expression.moments import MOMENTS
from scimbridge.provisioning.expression.strings import STRINGS

FUNCTIONS: Mapping[str, Function] = {**STRINGS, **ARRAYS, **CONVERSIONS, **MOMENTS, **MEMBERSHIP}

# What `user.` is called with; the compiler knows them, for their results are no plain values.
PEOPLE = (
    "user.getGroups",
    "user.getInternalProperty",
    "user.getLinkedObject",
    "user.isMemberOf",
    "getManagerUser",
)

ELSEWHERE = {
    "hasDirectoryUser": "Active Directory",
    "findDirectoryUser": "Active Directory",
    "hasWorkdayUser": "Workday",
    "findWorkdayUser": "Workday",
    "getManagerAppUser": "the manager's other applications",
    "getAssistantUser": "Active Directory",
    "getAssistantAppUser": "Active Directory",
}


def explain_unknown(name: str) -> str:
    """A sentence about a function that is not there, with what to write instead."""
    if source := ELSEWHERE.get(name):
        return f"{name} reads {source}, which this directory has not; attributes of ours are read as user.NAME."
    known = {known.lower(): known for known in (*FUNCTIONS, *PEOPLE)}
    # By the last part as well: `substringBefore` under the wrong family is still the one that is meant.
    last = {key.rpartition(".")[2]: value for key, value in known.items()}
    lowered = name.lower()
    for names, wanted in ((known, lowered), (last, lowered.rpartition(".")[2])):
        if close := get_close_matches(wanted, names, 1, 0.75):
            return f"There is no function {name}; did you mean {names[close[0]]}?"
    return f"There is no function {name}."
