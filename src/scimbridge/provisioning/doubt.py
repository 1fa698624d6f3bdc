"""A change that may have reached the target without our knowing: what the link says of there is not believed.

If it is still wanted it is sent again. If it was taken back here meanwhile the link would say that nothing is to be
done, and somebody would keep what was taken from them.
"""

from typing import Final

from scimbridge.provisioning.examination import is_wanted
from scimbridge.provisioning.ports import Candidate, Ledger

_OF_STATE: Final = frozenset({"deactivate", "reactivate", "delete"})
_OF_STATE_ALONE: Final = frozenset({"deactivate", "delete"})


def doubted(candidate: Candidate, ledger: Ledger) -> Candidate:
    """With a link that says of the target what makes sure that it is asked or told; most have no such doubt."""
    link = candidate.link
    if (
        link is None
        or link.state == "gone"
        or candidate.settled
        or not (actions := ledger.in_doubt("User", candidate.source))
    ):
        return candidate
    # With nothing known of the profile it is read before it is changed, and compared with all that is wanted.
    unknown = link._replace(digest="", pushed="") if actions - _OF_STATE_ALONE else link
    if actions & _OF_STATE:
        unknown = unknown._replace(state="inactive" if is_wanted(candidate) else "active")
    return candidate._replace(link=unknown)
