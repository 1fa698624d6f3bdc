"""Writes to a bridged realm: both sides or neither, and what Keycloak refuses in words for a task list."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from scimbridge.directory.ports import Change, New, Password, Record, Taken
from scimbridge.provisioning.errors import TargetMisbehaved, TargetRefused, TargetUnavailable
from scimbridge.scim.errors import Forbidden, InvalidValue, ScimError, Unavailable, Uniqueness, VersionMismatch

from .conftest import ENTERPRISE, OKTA, USER, Site, user
from .fake import Once, always

ADA: dict[str, Any] = {
    "name": {"givenName": "Ada", "familyName": "Moss"},
    "emails": [{"value": "Ada@Home.test"}, {"value": "Ada@Work.test", "primary": True, "type": "work"}],
    "externalId": "00u1",
    "title": "Engineer",
    "phoneNumbers": [{"value": "+49 30 1", "type": "work"}, {"value": "+49 30 2"}],
    "addresses": [{"locality": "Berlin"}],
    ENTERPRISE: {"department": "R&D", "employeeNumber": "7", "manager": {"value": "boss"}},
}


class TestCreating:
    async def test_a_user_is_there_under_the_same_id_with_what_keycloak_can_hold(self, site: Site) -> None:
        made = await site.user("Ada@Example.test", **ADA)
        account = site.keycloak.accounts_by_id[made.id]
        assert account.username == "ada@example.test"
        assert (account.email, account.first_name, account.last_name) == ("ada@work.test", "Ada", "Moss")
        assert account.enabled
        assert account.attributes == {
            "externalId": ["00u1"],
            "title": ["Engineer"],
            "department": ["R&D"],
            "employeeNumber": ["7"],
            "phone": ["+49 30 1", "+49 30 2"],
        }

    async def test_what_keycloak_cannot_hold_stays_here_in_full(self, site: Site) -> None:
        made = await site.user("Ada@Example.test", **ADA)
        assert await site.show(made) == {"schemas": [USER], "id": made.id} | user("Ada@Example.test", **ADA)
        await site.require_agreement()

    async def test_a_user_that_is_created_inactive_is_disabled_there(self, site: Site) -> None:
        made = await site.user("ada", active=False)
        assert not site.keycloak.accounts_by_id[made.id].enabled

    @pytest.mark.parametrize("temporary", [False, True])
    async def test_a_password_goes_there_and_is_only_journaled_here(
        self, make_site: Callable[..., Site], temporary: bool
    ) -> None:
        site = make_site(temporary_password=temporary)
        made = await site.user("ada", Password("$argon2id$v=19$x"))
        credential = site.keycloak.credentials[made.id]
        assert (credential.hash, credential.clear, credential.temporary) == ("$argon2id$v=19$x", "", temporary)
        assert site.directory.password(made.id) is None
        assert [entry.password for entry in await site.journal()] == [True]

    async def test_a_clear_password_passes_through_and_stands_nowhere(self, site: Site) -> None:
        made = await site.user("ada", Password("", clear="Corréct-Horse-1"))
        assert site.keycloak.credentials[made.id].clear == "Corréct-Horse-1"
        link = site.ledger.link(made.id)
        assert "Horse" not in repr((link, await site.journal(), made, await site.ledger.open_intents()))

    async def test_an_identity_is_linked_from_the_attribute_that_the_realm_names(
        self, make_site: Callable[..., Site]
    ) -> None:
        site = make_site(identity_provider="okta-saml", identity="externalId")
        made, without = await site.user("ada", externalId="00u1"), await site.user("bo")
        assert site.keycloak.identities[made.id] == ("okta-saml", "00u1", "ada")
        assert without.id not in site.keycloak.identities

    async def test_a_name_that_is_taken_here_costs_no_create_there(self, site: Site) -> None:
        await site.user("ada")
        with pytest.raises(Taken):
            await site.user("ADA")
        assert site.keycloak.calls.count("create_account") == 1

    async def test_a_name_whose_owner_was_deleted_there_is_free(self, site: Site) -> None:
        first = await site.user("ada")
        del site.keycloak.accounts_by_id[first.id]
        second = await site.user("ada")
        assert second.id != first.id
        await site.require_agreement()

    async def test_two_creates_of_one_name_at_once_make_one_user(self, site: Site) -> None:
        results = await asyncio.gather(*(site.user("ada") for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(result, Record) for result in results) == 1
        assert sum(isinstance(result, Taken) for result in results) == 4
        await site.require_agreement()


class TestRefusals:
    @pytest.mark.parametrize(
        ("refused", "error", "detail"),
        [
            (
                TargetRefused("User exists with same email", attribute="emails", conflict=True),
                Uniqueness,
                'Attribute "emails": Keycloak refuses: User exists with same email',
            ),
            (
                TargetRefused("Invalid password: minimum length 12.", attribute="password"),
                InvalidValue,
                'Attribute "password": Keycloak refuses: Invalid password: minimum length 12.',
            ),
            (TargetRefused("HTTP 403 Forbidden", forbidden=True), Forbidden, "Keycloak refuses: HTTP 403 Forbidden"),
        ],
    )
    async def test_keycloak_s_reason_is_the_answer_and_nothing_is_left(
        self, site: Site, refused: TargetRefused, error: type[Exception], detail: str
    ) -> None:
        site.keycloak.fail = Once("create_account", refused)
        with pytest.raises(error) as refusal:
            await site.user("ada")
        assert refusal.value.detail == detail  # type: ignore[attr-defined]
        assert site.local.lookup("User", "ada") is None
        await site.require_agreement()

    async def test_an_address_that_somebody_has_there_is_told(self, site: Site) -> None:
        site.keycloak.add_account("bo", email="ada@example.test")
        with pytest.raises(Uniqueness, match="same email"):
            await site.user("ada", emails=[{"value": "ada@example.test"}])
        assert site.local.lookup("User", "ada") is None

    @pytest.mark.parametrize("error", [TargetUnavailable("no answer in 10 s", 7), TargetMisbehaved("418 I'm a teapot")])
    async def test_a_keycloak_that_is_down_is_503_with_retry_after(self, site: Site, error: Exception) -> None:
        site.keycloak.fail = always(error)  # type: ignore[arg-type]
        with pytest.raises(Unavailable) as refusal:
            await site.user("ada")
        assert int(refusal.value.headers["Retry-After"]) in (7, 30)
        assert str(error) in refusal.value.detail

    async def test_an_identity_that_cannot_be_linked_takes_the_user_back(self, make_site: Callable[..., Site]) -> None:
        site = make_site(identity_provider="okta-saml")
        site.keycloak.fail = Once("link_identity", TargetRefused("Identity provider not found"))
        with pytest.raises(InvalidValue, match="Identity provider not found"):
            await site.user("ada", externalId="00u1")
        assert site.keycloak.accounts_by_id == {}
        await site.require_agreement()

    async def test_a_change_that_is_refused_leaves_both_sides_as_they_were(self, site: Site) -> None:
        await site.user("bo", emails=[{"value": "bo@example.test"}])
        made = await site.user("ada")
        with pytest.raises(Uniqueness):
            await site.change(made, user("ada", title="Boss", emails=[{"value": "bo@example.test"}]))
        assert await site.show(made) == {"schemas": [USER], "id": made.id} | user("ada")
        await site.require_agreement()

    async def test_a_name_that_is_free_there_and_taken_here_is_given_back_there(self, site: Site) -> None:
        made = await site.user("ada")
        await site.local.create(New("User", user("bo")), OKTA)
        with pytest.raises(Taken):
            await site.change(made, user("bo"))
        assert site.keycloak.accounts_by_id[made.id].username == "ada"

    async def test_a_user_whose_name_is_taken_here_at_the_same_moment_is_taken_back_there(self, site: Site) -> None:
        async def pause(name: str) -> None:
            if name == "create_account":
                await site.local.create(New("User", user("ada")), OKTA)

        site.keycloak.pause = pause
        with pytest.raises(Taken):
            await site.user("ada")
        assert site.keycloak.accounts_by_id == {}
        assert await site.ledger.open_intents() == []
        assert await site.ledger.stale_links("9", 10) == []

    async def test_a_store_that_cannot_write_leaves_the_intent_and_healing_finishes_it(self, site: Site) -> None:
        create = site.local.create

        async def full(*_: object) -> Record:
            raise OSError("no space left on device")

        site.local.create = full  # type: ignore[method-assign,assignment]
        with pytest.raises(OSError, match="no space"):
            await site.user("ada")
        site.local.create = create  # type: ignore[method-assign]
        await site.directory.heal()
        assert site.local.lookup("User", "ada") is not None
        await site.require_agreement()

    async def test_a_version_that_does_not_match_costs_no_call(self, site: Site) -> None:
        made = await site.user("ada")
        before = len(site.keycloak.calls)

        def change(_: Record) -> Change:
            raise VersionMismatch("If-Match")

        with pytest.raises(VersionMismatch):
            await site.directory.update("User", made.id, change, OKTA)
        assert len(site.keycloak.calls) == before


class TestChanging:
    async def test_only_what_differs_is_sent(self, site: Site) -> None:
        made = await site.user("ada", **ADA)
        sent: list[Any] = []
        original = site.keycloak.update_account

        async def update_account(id_: str, profile: Any, password: Any = None) -> None:
            sent.append(profile)
            await original(id_, profile, password)

        site.keycloak.update_account = update_account  # type: ignore[method-assign,assignment]
        await site.change(made, user("ada", **ADA | {"title": "Boss"}))
        (profile,) = sent
        assert (profile.username, profile.enabled, profile.email, profile.attributes) == (
            None,
            None,
            None,
            {"title": ["Boss"]},
        )
        await site.require_agreement()

    async def test_what_others_keep_in_the_attributes_stays(self, site: Site) -> None:
        made = await site.user("ada", title="Engineer")
        account = site.keycloak.accounts_by_id[made.id]
        site.keycloak.accounts_by_id[made.id] = account._replace(attributes={**account.attributes, "badge": ["12"]})
        await site.change(made, user("ada"))
        assert site.keycloak.accounts_by_id[made.id].attributes == {"badge": ["12"]}

    async def test_a_change_of_what_only_we_keep_asks_nobody(self, site: Site) -> None:
        made = await site.user("ada")
        before = len(site.keycloak.calls)
        changed = await site.change(made, user("ada", addresses=[{"locality": "Berlin"}]))
        assert changed is not None
        assert changed.version == 2
        assert len(site.keycloak.calls) == before

    async def test_a_rename_is_made_there_too(self, site: Site) -> None:
        made = await site.user("ada")
        await site.change(made, user("Ada.Moss"))
        assert site.keycloak.accounts_by_id[made.id].username == "ada.moss"
        await site.require_agreement()

    async def test_a_deactivation_ends_access_and_a_reactivation_does_not(self, site: Site) -> None:
        made = await site.user("ada")
        await site.change(made, user("ada", active=False))
        assert site.keycloak.calls[-2:] == ["update_account", "end_access"]
        await site.change(made, user("ada"))
        assert site.keycloak.ended == [made.id]
        await site.require_agreement()

    async def test_a_deactivation_whose_sessions_cannot_be_ended_is_taken_back(self, site: Site) -> None:
        made = await site.user("ada")
        site.keycloak.fail = Once("end_access", TargetRefused("HTTP 403 Forbidden", forbidden=True))
        with pytest.raises(Forbidden):
            await site.change(made, user("ada", active=False))
        assert site.keycloak.accounts_by_id[made.id].enabled
        await site.require_agreement()

    @pytest.mark.parametrize("refused", [{"fail": "end_access"}, {"minimum": 12}])
    async def test_a_deactivation_that_is_refused_sets_no_password_and_none_that_is_refused_deactivates(
        self, site: Site, refused: dict[str, Any]
    ) -> None:
        made = await site.user("ada", Password("", clear="the first password"))
        if "fail" in refused:
            site.keycloak.fail = Once("end_access", TargetRefused("HTTP 403 Forbidden", forbidden=True))
        site.keycloak.minimum = refused.get("minimum", 0)
        with pytest.raises(ScimError):
            await site.change(made, user("ada", active=False), password=Password("", clear="second"))
        assert site.keycloak.credentials[made.id].clear == "the first password"
        assert site.keycloak.accounts_by_id[made.id].enabled
        await site.require_agreement()

    async def test_a_password_alone_is_a_change(self, site: Site) -> None:
        made = await site.user("ada")
        changed = await site.change(made, password=Password("$argon2id$new"))
        assert changed is not None
        assert changed.version == 2
        assert site.keycloak.credentials[made.id].hash == "$argon2id$new"

    async def test_a_user_that_was_deleted_there_is_not_found(self, site: Site) -> None:
        made = await site.user("ada")
        del site.keycloak.accounts_by_id[made.id]
        assert await site.change(made, user("ada", title="Boss")) is None
        assert await site.show(made) is None
        await site.require_agreement()

    async def test_a_change_of_nobody_is_not_found(self, site: Site) -> None:
        assert await site.directory.update("User", "nobody", lambda _: Change(user("x")), OKTA) is None
        assert await site.directory.delete("User", "nobody", lambda _: None, OKTA) is False

    async def test_a_resource_that_moves_meanwhile_is_changed_as_it_is_then(self, site: Site) -> None:
        made = await site.user("ada")

        async def pause(name: str) -> None:
            if name == "update_account" and site.local.get("User", made.id).version == 1:  # type: ignore[union-attr]
                await site.local.update("User", made.id, lambda _: Change(user("ada", nickName="A")), OKTA)

        site.keycloak.pause = pause

        def change(record: Record) -> Change:
            document = orjson.loads(record.document)
            return Change(document | {"title": "Boss"})

        changed = await site.directory.update("User", made.id, change, OKTA)
        assert changed is not None
        assert orjson.loads(changed.document)["nickName"] == "A"
        assert orjson.loads(changed.document)["title"] == "Boss"
        await site.require_agreement()


class TestDeleting:
    async def test_a_deleted_user_is_gone_on_both_sides(self, site: Site) -> None:
        made = await site.user("ada")
        await site.group("crew", [made.id])
        assert await site.delete(made)
        assert site.keycloak.accounts_by_id == {}
        assert await site.show(made) is None
        await site.require_agreement()

    async def test_a_user_gone_there_already_is_deleted_here(self, site: Site) -> None:
        made = await site.user("ada")
        del site.keycloak.accounts_by_id[made.id]
        assert await site.delete(made)
        await site.require_agreement()

    async def test_a_deletion_that_is_refused_leaves_the_user(self, site: Site) -> None:
        made = await site.user("ada")
        site.keycloak.fail = Once("delete_account", TargetRefused("HTTP 403 Forbidden", forbidden=True))
        with pytest.raises(Forbidden):
            await site.delete(made)
        assert await site.show(made) is not None
        await site.require_agreement()

    async def test_a_change_that_waited_for_the_deletion_finds_nobody(self, site: Site) -> None:
        made, go = await site.user("ada"), asyncio.Event()

        async def pause(_: str) -> None:
            await go.wait()

        site.keycloak.pause = pause
        deletion = asyncio.create_task(site.delete(made))
        change = asyncio.create_task(site.change(made, user("ada", active=False)))
        await asyncio.sleep(0)
        go.set()
        assert await deletion
        assert await change is None
        assert "update_account" not in site.keycloak.calls
        assert site.keycloak.accounts_by_id == {}


class TestAdopting:
    async def test_a_lookup_finds_who_is_there_and_a_put_takes_over(self, site: Site) -> None:
        account = site.keycloak.add_account("ada", email="ada@example.test", first_name="Ada")
        (found,) = await site.find("User", 'userName eq "ADA"')
        assert found == user("ada") | {
            "id": account.id,
            "name": {"givenName": "Ada"},
            "emails": [{"type": "work", "value": "ada@example.test", "primary": True}],
        }
        link = site.ledger.link(account.id)
        assert link is not None
        assert link.state == "seen"
        record = site.directory.get("User", account.id)
        assert record is not None
        await site.change(record, user("ada", title="Boss"))
        link = site.ledger.link(account.id)
        assert link is not None
        assert link.state == "managed"
        await site.require_agreement()

    async def test_a_put_that_changes_nothing_takes_over_too(self, site: Site) -> None:
        account = site.keycloak.add_account("ada")
        (found,) = await site.find("User", 'userName eq "ada"')
        record = site.directory.get("User", account.id)
        assert record is not None
        await site.change(record, found)
        assert (link := site.ledger.link(account.id)) is not None
        assert link.state == "managed"

    @pytest.mark.parametrize("known", [False, True])
    async def test_a_post_of_who_is_there_clashes_without_a_rule(self, site: Site, known: bool) -> None:
        site.keycloak.add_account("ada")
        if known:
            await site.find("User", 'userName eq "ada"')
        with pytest.raises((Uniqueness, Taken)):
            await site.user("ada")

    @pytest.mark.parametrize("known", [False, True])
    async def test_by_rule_a_post_takes_over_who_has_the_name(
        self, make_site: Callable[..., Site], known: bool
    ) -> None:
        site = make_site(adopt=("userName",))
        account = site.keycloak.add_account("ada", email="old@example.test", last_name="Moss")
        if known:
            await site.find("User", 'userName eq "ada"')
        made = await site.user("Ada", Password("$argon2id$x"), title="Boss")
        assert made.id == account.id
        assert site.keycloak.accounts_by_id[made.id].email == ""
        assert site.keycloak.credentials[made.id].hash == "$argon2id$x"
        await site.require_agreement()

    @pytest.mark.parametrize(("verified", "taken_over"), [(True, True), (False, False)])
    async def test_by_rule_a_post_takes_over_who_has_the_address_if_it_is_verified(
        self, make_site: Callable[..., Site], verified: bool, taken_over: bool
    ) -> None:
        site = make_site(adopt=("userName", "email"))
        account = site.keycloak.add_account("moss", email="ada@example.test", email_verified=verified)
        new = site.user("ada", emails=[{"value": "ada@example.test"}])
        if taken_over:
            assert (await new).id == account.id
            assert site.keycloak.accounts_by_id[account.id].username == "ada"
            await site.require_agreement()
        else:
            with pytest.raises(Uniqueness):
                await new

    async def test_an_administrator_is_shown_by_name_and_never_touched(self, make_site: Callable[..., Site]) -> None:
        site = make_site(adopt=("userName",))
        account = site.keycloak.add_account("root", email="root@example.test", protected=True)
        (found,) = await site.find("User", 'userName eq "root"')
        assert found == {"schemas": [USER], "id": account.id, "userName": "root"}
        record = site.directory.get("User", account.id)
        assert record is not None
        for write in (
            lambda: site.change(record, user("root", active=False)),
            lambda: site.delete(record),
            lambda: site.user("root"),
        ):
            with pytest.raises((Forbidden, Uniqueness, Taken)):
                await write()
        assert site.keycloak.accounts_by_id == {account.id: account}
