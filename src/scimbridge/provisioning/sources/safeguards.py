"""What an import may do unasked: how many of those who came from a source may leave at once, and an empty source."""

from collections.abc import Mapping
from typing import Final

from scimbridge.provisioning.sources.source import Removals

REMOVALS: Final = "removals"
EMPTY_SOURCE: Final = "empty-source"

# Of so few people any share is soon passed.
_FEW: Final = 10


def objections(safeguards: Removals, *, leaving: int, imported: int, there: int) -> Mapping[str, str]:
    """Safeguard by name -> what it objects to.

    `leaving`: people who are not in the source any more; `imported`: those who were; `there`: who is in it now.
    """
    found = {}
    if safeguards.empty and imported and not there:
        found[EMPTY_SOURCE] = (
            f"The source holds nobody, although {imported:,} people came from it: is it the right one?"
        )
    limits = []
    if leaving > _FEW and leaving > safeguards.share * imported:
        limits.append(f"{safeguards.share:.0%}")
    if safeguards.count and leaving > safeguards.count:
        limits.append(f"{safeguards.count:,}")
    if limits:
        found[REMOVALS] = (
            f"{leaving:,} of the {imported:,} people who came from the source are not in it any more:"
            f" more than {' and more than '.join(limits)}."
        )
    return found
