import re
from dataclasses import astuple

import pytest

from scimbridge.interop.suite import Step, Suite
from scimbridge.interop.suite_file import bundled, load_bundled
from scimbridge.interop.variation import vary


def the_step(suite: Suite, number: int) -> Step:
    return next(step for step in suite.steps if step.number == number)


def test_people_and_groups_get_other_names_wherever_they_stand() -> None:
    varied = vary(load_bundled("okta-catalogue"), "two")
    assert "%22ada.moss%40two.example.test%22" in the_step(varied, 8).query
    created = the_step(varied, 11)
    assert created.body["userName"] == "ada.moss@two.example.test"
    assert created.body["emails"][0]["value"] == "ada.moss@two.example.test"
    assert created.expectations[1].value == "ada.moss@two.example.test"
    assert created.body["displayName"] == "Ada Moss"
    assert the_step(varied, 27).body["Operations"][0]["value"]["displayName"] == "navy-team-two"
    renamed = the_step(varied, 52).body_from
    assert renamed is not None
    assert renamed.replaced == {"userName": "bo.lindqvist@two.example.test"}


def test_a_lookup_in_other_letter_case_stays_so() -> None:
    assert "%22ADA.MOSS%40two.EXAMPLE.TEST%22" in the_step(vary(load_bundled("entra"), "two"), 6).query


@pytest.mark.parametrize("name", bundled())
def test_nothing_but_names_is_different(name: str) -> None:
    plain = load_bundled(name)
    varied = repr(astuple(vary(plain, "zzz")))
    assert varied.replace("@zzz.", "@").replace("%40zzz.", "%40").replace("-zzz", "") == repr(astuple(plain))


@pytest.mark.parametrize("name", ["okta-catalogue", "okta-wizard", "entra"])
def test_two_variations_share_no_name(name: str) -> None:
    written = re.compile(r"'(?:userName|externalId)': '([^']+)'")
    one, two = (set(written.findall(repr(vary(load_bundled(name), tag)))) for tag in ("one", "two"))
    assert one
    assert not one & two
