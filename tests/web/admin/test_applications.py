"""The admin API of applications."""

from scimbridge.provisioning.ports import Link, Outcome, Work
from scimbridge.wiring import Instance

from .conftest import APPLICATIONS, PORTAL, Ask, Finish, make


async def test_an_application_lives_from_creation_to_deletion(ask: Ask) -> None:
    made = await ask("POST", APPLICATIONS, PORTAL)
    assert (made.status_code, made.headers["Location"]) == (201, f"/admin{APPLICATIONS}/portal")
    document = made.json()
    assert document["actions"]["pushNewUsers"] is True
    assert (document["secretSet"], document["standing"]["linked"]) == (True, 0)
    assert (await ask("GET", APPLICATIONS)).json() == [document]
    changed = await ask("PATCH", f"{APPLICATIONS}/portal", {"label": "Portal"})
    assert (changed.json()["label"], changed.json()["revision"]) == ("Portal", 2)
    assert (await ask("GET", f"{APPLICATIONS}/portal")).json() == changed.json()
    refused = await ask("PATCH", f"{APPLICATIONS}/portal", {"onMatch": "steal"})
    assert (refused.status_code, "onMatch" in refused.json()["error_description"]) == (400, True)
    assert (await ask("DELETE", f"{APPLICATIONS}/portal")).status_code == 400, "deleted without being confirmed"
    assert (await ask("DELETE", f"{APPLICATIONS}/portal?confirm=portal")).status_code == 204
    assert (await ask("GET", f"{APPLICATIONS}/portal")).status_code == 404


async def test_no_secret_is_in_any_answer(ask: Ask) -> None:
    answers = [
        await ask("POST", APPLICATIONS, PORTAL),
        await ask("PATCH", f"{APPLICATIONS}/portal", {"connection": {"authentication": {"secret": "hush-hush-2"}}}),
        await ask("GET", APPLICATIONS),
        await ask("POST", f"{APPLICATIONS}/portal/test", {}),
        await ask("GET", "/events"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert not any("hush" in answer.text for answer in answers)


async def test_who_is_not_there_is_said(ask: Ask) -> None:
    assert (await ask("GET", "/realms/nobody/applications")).status_code == 404
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal"
    for method, place, body in (
        ("POST", "assignments", {"type": "User", "id": "nobody"}),
        ("DELETE", "assignments/User/nobody", None),
        ("PATCH", "push-groups/none", {}),
        ("DELETE", "push-groups/none", None),
        ("POST", "push-groups", {"name": "x", "group": "nobody"}),
        ("POST", "tasks/retry", {"type": "User", "id": "nobody", "kind": "reconcile"}),
        ("POST", "tasks/cancel", {"type": "User", "id": "nobody", "kind": "reconcile"}),
        ("GET", "users/nobody/preview", None),
        ("POST", "users/nobody/provision", {}),
    ):
        response = await ask(method, f"{path}/{place}", body)
        assert (response.status_code, response.json()["error"]) == (404, "not_found"), place


async def test_the_connection_is_tested_in_words(ask: Ask) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    first, *_ = (await ask("POST", f"{APPLICATIONS}/portal/test", {})).json()
    assert first["good"] is False
    assert first["advice"]


async def test_assigned_people_are_in_the_plan_and_previewed(ask: Ask, finish: Finish, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    ada = await make(instance, "User", "ada")
    path = f"{APPLICATIONS}/portal"
    body = {"type": "User", "id": ada, "priority": 3, "overrides": {"title": "Countess"}}
    assert (await ask("POST", f"{path}/assignments", body)).status_code == 204
    assert (await ask("GET", f"{path}/assignments")).json() == [body | {"name": "ada"}]
    plan = await finish(f"{path}/plan")
    assert (plan["kind"], plan["subject"], plan["state"]) == ("plan", "applications/portal", "done")
    assert plan["result"]["counts"] == {"create": 1}
    assert plan["result"]["changes"][0]["after"]["title"] == "Countess"
    assert (await finish(f"{path}/plan", {"count": 0}))["result"]["changes"] == []
    rows = (await ask("GET", f"{path}/users/{ada}/preview")).json()
    assert {"target": "userName", "expression": "user.login", "value": "ada", "error": "", "note": ""} in rows
    assert (await ask("DELETE", f"{path}/assignments/User/{ada}")).status_code == 204
    assert (await finish(f"{path}/plan"))["result"]["items"] == 0


async def test_groups_are_pushed_by_name_and_by_rule(ask: Ask, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    blue = await make(instance, "Group", "blue/team")
    path = f"{APPLICATIONS}/portal/push-groups"
    assert (await ask("POST", path, {"name": "blue/team", "group": blue})).status_code == 201
    assert (await ask("POST", path, {"name": "rule", "operator": "startsWith", "value": "eng-"})).status_code == 201
    assert [one["name"] for one in (await ask("GET", path)).json()] == ["blue/team", "rule"]
    paused = await ask("PATCH", f"{path}/blue/team", {"active": False})
    assert paused.json()["active"] is False
    assert (await ask("DELETE", f"{path}/blue/team?delete=true")).status_code == 204
    assert [one["name"] for one in (await ask("GET", path)).json()] == ["rule"]
    assert (await ask("POST", path, {"name": "neither"})).status_code == 400


async def test_a_push_says_what_it_came_to(ask: Ask, finish: Finish, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal"
    await ask("POST", f"{path}/assignments", {"type": "User", "id": await make(instance, "User", "ada")})
    job = await finish(f"{path}/push")
    assert (job["state"], job["actor"], job["done"], job["total"]) == ("done", "admin:test", 0, 1)
    pushed = job["result"]
    assert (pushed["retried"], pushed["waiting"]) == (1, 1), "the target cannot be reached: it is tried again"
    [entry] = (await ask("GET", f"{path}/journal?run={pushed['run']}")).json()
    assert (entry["action"], entry["outcome"]) == ("create", "unavailable")
    assert (await ask("GET", f"{path}/links?type=User")).json() == []
    assert (await ask("POST", f"{path}/resume", {})).status_code == 204


async def test_a_safeguard_holds_a_push_until_it_is_named(ask: Ask, finish: Finish, instance: Instance) -> None:
    """Somebody is linked and nobody is assigned."""
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal"
    provisioning = instance.provisioning(instance.administration.realms.get("acme"))
    link = Link("User", "u1", "there-1", "ada", "active", 1, 1, "", "", "", "2026-11-24T12:00:00.000Z")
    ledger = provisioning.ledger(provisioning.administration.get("portal"))
    await ledger.record([Outcome(Work("User", "u1", "ada"), "done", link=link)])
    held = await finish(f"{path}/push")
    safeguards = held["result"]["refused"]
    assert (held["state"], held["reason"]) == ("failed", " ".join(safeguards.values()))
    assert (await finish(f"{path}/plan"))["result"]["refused"] == safeguards
    assert (await finish(f"{path}/push", {"allow": list(safeguards)}))["state"] == "done"


async def test_tasks_are_listed_tried_again_and_given_up(ask: Ask, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal/tasks"
    provisioning = instance.provisioning(instance.administration.realms.get("acme"))
    ledger = provisioning.ledger(provisioning.administration.get("portal"))
    await ledger.enqueue([Work("User", "u1", "ada", state="failed", reason="No seats are left.")])
    [task] = (await ask("GET", path)).json()
    assert (task["name"], task["reason"]) == ("ada", "No seats are left.")
    named = {key: task[key] for key in ("type", "id", "kind")}
    assert (await ask("POST", f"{path}/retry", named)).status_code == 204
    assert (await ask("GET", path)).json() == []
    assert (await ask("POST", f"{path}/cancel", named)).status_code == 204
    assert ledger.waiting() == 0


async def test_all_tasks_are_tried_again_or_given_up_at_once(ask: Ask, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal/tasks"
    provisioning = instance.provisioning(instance.administration.realms.get("acme"))
    ledger = provisioning.ledger(provisioning.administration.get("portal"))
    failed = [Work("User", id_, id_, state="failed", reason="No seats are left.") for id_ in ("u1", "u2")]
    await ledger.enqueue(failed)
    unnamed = await ask("POST", f"{path}/retry", {"type": "User"})
    assert (unnamed.status_code, '"kind"' in unnamed.json()["error_description"]) == (400, True)
    assert (await ask("POST", f"{path}/retry", {"failed": True})).status_code == 204
    assert ((await ask("GET", path)).json(), ledger.waiting()) == ([], 2)
    for work in failed:
        await ledger.cancel(work.type, work.source, work.kind)
    await ledger.enqueue(failed)
    assert (await ask("POST", f"{path}/cancel", {"failed": True})).status_code == 204
    assert ((await ask("GET", path)).json(), ledger.waiting()) == ([], 0)


async def test_a_link_is_forgotten(ask: Ask, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal/links"
    provisioning = instance.provisioning(instance.administration.realms.get("acme"))
    ledger = provisioning.ledger(provisioning.administration.get("portal"))
    for id_ in ("u1", "u2", "u3"):
        link = Link("User", id_, f"there-{id_}", id_, "active", 1, 1, "", "", "", "2026-11-24T12:00:00.000Z")
        await ledger.record([Outcome(Work("User", id_, id_), "done", link=link)])
    assert [link["id"] for link in (await ask("GET", f"{path}?start=1&count=1")).json()] == ["u2"]
    assert (await ask("DELETE", f"{path}/User/u2")).status_code == 204
    assert [link["id"] for link in (await ask("GET", path)).json()] == ["u1", "u3"]
    for place in ("User/u2", "Group/u1", "Nothing/u1"):
        gone = await ask("DELETE", f"{path}/{place}")
        assert (gone.status_code, gone.json()["error"]) == (404, "not_found"), place


async def test_a_group_is_pushed_by_hand(ask: Ask, finish: Finish, instance: Instance) -> None:
    await ask("POST", APPLICATIONS, PORTAL)
    path = f"{APPLICATIONS}/portal/groups"
    blue = await make(instance, "Group", "blue")
    job = await finish(f"{path}/{blue}/push")
    assert (job["kind"], job["state"]) == ("push group", "done")
    assert (await ask("POST", f"{path}/none/push", {})).status_code == 404


async def test_an_application_without_a_connection_has_no_plan_and_no_push(ask: Ask) -> None:
    await ask("POST", APPLICATIONS, {"name": "saml", "saml": {"ssoUrl": "https://p.test/acs", "audience": "p"}})
    for place in ("plan", "push", "test", "users/u1/provision"):
        refused = await ask("POST", f"{APPLICATIONS}/saml/{place}", {})
        assert (refused.status_code, "connection" in refused.json()["error_description"]) == (400, True), place
    assert (await ask("GET", "/realms/acme/jobs")).json() == [], "what is wrong with the request is said before"


async def test_a_job_that_is_not_there_is_not_found(ask: Ask) -> None:
    for path, status in (
        ("/realms/acme/jobs/none", 404),
        ("/realms/acme/jobs/none?wait=30", 404),
        ("/realms/acme/jobs/none?wait=31", 400),
        ("/realms/none/jobs", 404),
        ("/realms/none/jobs/x", 404),
    ):
        assert (await ask("GET", path)).status_code == status, path


async def test_jobs_of_another_realm_are_not_seen(ask: Ask, finish: Finish, instance: Instance) -> None:
    await instance.administration.realms.create("other", {}, actor="test")
    await ask("POST", APPLICATIONS, PORTAL)
    job = await finish(f"{APPLICATIONS}/portal/plan")
    assert (await ask("GET", "/realms/other/jobs")).json() == []
    assert (await ask("GET", f"/realms/other/jobs/{job['id']}")).status_code == 404
