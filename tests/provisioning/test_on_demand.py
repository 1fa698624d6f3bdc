"""One person, now, step by step; and what else is asked about one resource."""

import pytest

from scimbridge.provisioning.application import PushGroup
from scimbridge.provisioning.errors import TargetRefused
from scimbridge.provisioning.target import Reply, Request
from scimbridge.scim.errors import NotFound

from .engine import Site


async def steps(site: Site, source: str) -> list[tuple[str, str]]:
    return [(step.what, step.text) for step in await site.provisioner.provision(source)]


class TestProvision:
    async def test_each_step_is_told(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        found = await site.provisioner.provision(ada.id)
        assert [step.what for step in found] == ["match", "map", "decide", "outcome"]
        assert found[0].text == '"ada" is assigned directly; not linked to anybody there.'
        assert found[1].detail["userName"] == "ada"
        assert found[2].text == "create: assigned"
        assert found[3].text == "done"
        assert site.target.calls == ["provision ada"]
        await site.require_agreement()

    async def test_again_it_says_that_nothing_is_to_be_sent(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.pushed()
        assert (await steps(site, ada.id))[-1] == ("decide", "Nothing is to be sent.")

    async def test_somebody_who_is_not_assigned_is_told_so(self, site: Site) -> None:
        ada = await site.user("ada")
        assert await steps(site, ada.id) == [
            ("match", '"ada" is not assigned; not linked to anybody there.'),
            ("map", "32 attributes are mapped"),
            ("decide", "Nothing is to be sent."),
        ]

    async def test_a_refusal_is_told_in_the_targets_words_and_is_a_task(self, site: Site) -> None:
        def fail(_: str) -> None:
            raise TargetRefused("no more licences")

        site.target.fail = fail
        (ada,) = await site.people("ada")
        assert (await steps(site, ada.id))[-1] == ("outcome", "refused: no more licences")
        assert await site.tasks() == [("ada", "no more licences")]

    async def test_requests_and_answers_are_shown_without_passwords(self, site: Site) -> None:
        async def pause(_: str) -> None:
            body = {"userName": "ada", "password": "pa55word"}
            site.transport.observer and site.transport.observer(
                Request("POST", "/Users", "", body), Reply(201, b'{"id":"1","password":"pa55word"}')
            )

        site.target.pause = pause
        (ada,) = await site.people("ada")
        found = await site.provisioner.provision(ada.id)
        shown = {step.what: (step.text, step.detail) for step in found}
        assert shown["request"] == ("POST /Users", {"userName": "ada", "password": "***"})
        assert shown["answer"] == ("201", {"id": "1", "password": "***"})
        assert site.transport.observer is None

    async def test_who_is_nobody_is_not_found(self, site: Site) -> None:
        with pytest.raises(NotFound):
            await site.provisioner.provision("nobody")


class TestUnlink:
    async def test_nothing_is_sent_and_it_is_not_ours_any_more(self, site: Site) -> None:
        (ada,) = await site.people("ada")
        await site.pushed()
        assert await site.provisioner.unlink("User", ada.id)
        assert site.target.calls == ["provision ada"]
        assert site.ledger.link("User", ada.id) is None
        assert (await site.outcomes())[-1] == ("unlink", "ada", "done")
        assert not await site.provisioner.unlink("User", ada.id)


class TestPreview:
    async def test_each_mapping_is_tried_on_a_person(self, site: Site) -> None:
        ada = await site.user("ada", title="Lead")
        rows = {row.target: row.value for row in site.provisioner.preview(ada.id)}
        assert (rows["userName"], rows["title"]) == ("ada", "Lead")

    async def test_of_nobody_there_is_none(self, site: Site) -> None:
        with pytest.raises(NotFound):
            site.provisioner.preview("nobody")


async def test_a_group_that_is_not_pushed_is_not_pushed_now(site: Site) -> None:
    red = await site.group("red-team")
    await site.push_group(PushGroup("blue", value="blue"))
    assert (await site.provisioner.push_now(red.id)).counts == {}
    assert site.target.calls == []
