"""People who take each other's userNames, towards a real server and in every style."""

import pytest

from .conftest import Ours
from .people import ADA, BO, CAI, change, rows
from .site import ACTIONS, Site

pytestmark = pytest.mark.slow


def names(ours: Ours) -> dict[str, str]:
    """The userName there by the given name."""
    return {user["name"]["givenName"]: user["userName"] for user in ours.there.all("Users")}


@pytest.mark.parametrize("style", ["auto", "wizard", "catalogue"])
def test_each_has_their_new_name_in_the_end(site: Site, ours: Ours, style: str) -> None:
    site.begin(ours.tap.url, ours.token, *ACTIONS, "--style", style)
    site.keep_people(rows(ADA, BO, CAI))
    site.assign(groups=("staff",))
    assert site.push().counts["create"] == 3
    ada, bo, cai = (change(person, login=other[1]) for person, other in ((ADA, BO), (BO, CAI), (CAI, ADA)))
    site.keep_people(rows(ada, bo, cai))
    site.push()
    assert names(ours) == {"Ada": BO[1], "Bo": CAI[1], "Cai": ADA[1]}
    assert site.tasks() == []
    assert site.push().counts == {}
