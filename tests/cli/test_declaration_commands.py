"""A realm as a file: what differs is shown, made so, and written."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Done, Run
from .test_application_commands import URL, Acme, shown

FILE = f"""
realm: acme
settings:
  displayName: Acme
  passwordPolicy: ignore
sources:
  hr:
    csv: {{path: /srv/people.csv, key: id}}
  other:
    scim: {{url: https://other.example.test/scim/v2}}
    secret: {{file: other.token}}
applications:
  portal:
    connection: {{url: "{URL}"}}
    secret: {{env: PORTAL_TOKEN}}
    actions: {{pushNewUsers: true, pushGroups: true}}
    mappings:
      - {{target: userName, expression: user.login, apply: always}}
      - {{target: title, expression: '"NO"', apply: create}}
    assignments:
      - {{group: Staff, priority: 2}}
      - {{user: ada, overrides: {{title: Countess, nickName: {{expression: user.login}}}}}}
    pushGroups:
      - {{group: Staff, linkTo: staff, rename: false}}
      - {{name: engineering, operator: contains, value: eng}}
  saml-only:
    saml: {{ssoUrl: https://p.example.test/acs, audience: https://p.example.test}}
"""


@pytest.fixture
def ground(database: Path) -> Acme:
    return Acme(database)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file acme.yaml with the secrets that it refers to."""
    monkeypatch.setenv("PORTAL_TOKEN", "hush-portal")
    (tmp_path / "other.token").write_text("hush-other\n")
    (tmp_path / "acme.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def peopled(acme: Run, ground: Acme) -> Run:
    """As `acme`, with ada and the group Staff."""
    ground.add("User", "ada", "bob")
    ground.add("Group", "Staff", "blue-team")
    return acme


def plan(run: Run, file: Path, *options: str) -> list[tuple[str, str, str]]:
    """Action, kind and name of each difference."""
    document = shown(run("plan", "-f", str(file), "--json", *options))
    return [(one["action"], one["kind"], one["name"]) for one in document["differences"]]


def applied(run: Run, file: Path, *options: str) -> Done:
    done = run("apply", "-f", str(file), "--yes", *options)
    assert done.code == 0, done.err
    return done


def test_what_differs_is_shown_and_then_made_so(peopled: Run, folder: Path) -> None:
    file = folder / "acme.yaml"
    differences = [
        ("change", "realm", "acme"),
        ("create", "source", "hr"),
        ("create", "source", "other"),
        ("change", "secret", "source other"),
        ("create", "application", "portal"),
        ("change", "secret", "application portal"),
        ("create", "assignment", "portal: group Staff"),
        ("create", "assignment", "portal: user ada"),
        ("create", "push group", "portal: Staff"),
        ("create", "push group", "portal: engineering"),
        ("create", "application", "saml-only"),
    ]
    assert plan(peopled, file) == differences
    assert plan(peopled, file) == differences, "a plan changes nothing"
    text = applied(peopled, file).out
    assert '~ realm acme\n      displayName: "" -> "Acme"\n' in text
    assert "8 to create, 3 to change." in text
    assert plan(peopled, file) == []
    assert peopled("plan", "-f", str(file)).out == "Nothing differs.\n"
    portal = shown(peopled("application", "show", "acme", "portal", "--json"))
    assert (portal["secretSet"], portal["mappings"][1]["expression"]) == (True, '"NO"')
    assert shown(peopled("realm", "show", "acme", "--json"))["displayName"] == "Acme"


def test_what_is_written_differs_from_nothing(peopled: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(peopled, folder / "acme.yaml")
    exported = folder / "exported.yaml"
    exported.write_text(peopled("export", "acme").out)
    assert plan(peopled, exported, "--prune") == []
    done = peopled("plan", "-f", str(exported))
    assert "variable ACME_PORTAL_SECRET is not set; this secret is left as it is." in done.err
    monkeypatch.setenv("ACME_PORTAL_SECRET", "another")
    assert plan(peopled, exported) == [("change", "secret", "application portal")]
    as_json = folder / "exported.json"
    as_json.write_text(peopled("export", "acme", "--json").out)
    assert json.loads(as_json.read_text())["applications"]["portal"]["pushGroups"][0]["group"] == "Staff"
    monkeypatch.delenv("ACME_PORTAL_SECRET")
    assert plan(peopled, as_json, "--prune") == []


def test_a_realm_is_made_from_its_own_file(peopled: Run, folder: Path) -> None:
    """Who is not there yet is named, and assigned when the file is applied again."""
    applied(peopled, folder / "acme.yaml")
    text = peopled("export", "acme").out.replace("realm: acme", "realm: globex")
    (folder / "globex.yaml").write_text(text)
    done = applied(peopled, folder / "globex.yaml")
    assert 'applications.portal.assignments: there is no user "ada" to assign.' in done.err
    assert 'applications.portal.pushGroups: there is no group "Staff" to push.' in done.err
    assert plan(peopled, folder / "globex.yaml") == []
    applications = shown(peopled("application", "list", "globex", "--json"))
    assert [one["name"] for one in applications] == ["portal", "saml-only"]


def test_only_what_lists_do_not_name_is_pruned(peopled: Run, folder: Path) -> None:
    file = folder / "acme.yaml"
    applied(peopled, file)
    less = folder / "less.yaml"
    less.write_text("realm: acme\napplications:\n  portal:\n    assignments: [{user: ada}]\n")
    assert plan(peopled, less) == [("change", "assignment", "portal: user ada")]
    pruned = [
        ("change", "assignment", "portal: user ada"),
        ("remove", "assignment", "portal: group Staff"),
        ("remove", "application", "saml-only"),
    ]
    assert plan(peopled, less, "--prune") == pruned
    applied(peopled, less, "--prune")
    assert plan(peopled, less, "--prune") == []
    assert len(shown(peopled("push-group", "list", "acme", "portal", "--json"))) == 2, "that list is not in the file"
    nothing = folder / "nothing.yaml"
    nothing.write_text("realm: acme\napplications: {}\nsources: {}\n")
    assert plan(peopled, nothing, "--prune") == [
        ("remove", "application", "portal"),
        ("remove", "source", "hr"),
        ("remove", "source", "other"),
    ]
    assert peopled("apply", "-f", str(nothing), "--prune").code == 1, "nobody is there to ask"
    applied(peopled, nothing, "--prune")
    assert shown(peopled("application", "list", "acme", "--json")) == []


def test_a_review_gets_markdown(peopled: Run, folder: Path) -> None:
    text = peopled("plan", "-f", str(folder / "acme.yaml"), "--markdown").out
    assert text.startswith("### Realm acme\n\n8 to create, 3 to change.\n\n```diff\n~ realm acme\n")


def test_no_secret_is_in_any_output(peopled: Run, folder: Path) -> None:
    file = str(folder / "acme.yaml")
    outputs = [
        peopled("plan", "-f", file),
        peopled("plan", "-f", file, "--json"),
        peopled("apply", "-f", file, "--yes"),
    ]
    outputs += [peopled("export", "acme"), peopled("admin", "events", "--json")]
    assert [done.code for done in outputs] == [0] * 5
    assert not any("hush" in done.out + done.err for done in outputs)


def test_a_client_secret_of_a_keycloak_is_referred_to_as_well(
    acme: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kc.toml"
    file.write_text(
        'realm = "kc"\n[settings.keycloak]\nurl = "https://kc.example.test/realms/kc"\nclientId = "scim"\n'
        'clientSecret = {env = "KC_SECRET"}\n'
    )
    monkeypatch.setenv("KC_SECRET", "hush-kc")
    assert plan(acme, file) == [("create", "realm", "kc"), ("change", "secret", "keycloak of realm kc")]
    applied(acme, file)
    assert plan(acme, file) == []
    monkeypatch.setenv("KC_SECRET", "hush-kc-2")
    assert plan(acme, file) == [("change", "secret", "keycloak of realm kc")]
    assert "clientSecret: {env: KC_KEYCLOAK_SECRET}" in acme("export", "kc").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, 'Setting "realm" is required.'),
        ({"realm": "acme", "users": []}, 'There is no setting "users"'),
        ({"realm": "acme", "settings": {"passwordPolicy": "odd"}}, 'settings: Setting "passwordPolicy" must be one of'),
        ({"realm": "acme", "applications": []}, 'Setting "applications" must be an object.'),
        ({"realm": "acme", "applications": {"x": {"odd": 1}}}, 'applications.x: There is no setting "odd"'),
        ({"realm": "acme", "applications": {"x": {"secret": "s"}}}, "no secret stands in this file itself"),
        ({"realm": "acme", "applications": {"x": {"secret": {"env": 1}}}}, "{env: NAME} or {file: PATH}"),
        ({"realm": "acme", "applications": {"x": {"assignments": [{}]}}}, 'needs exactly one of "user" and "group"'),
        (
            {"realm": "acme", "applications": {"x": {"assignments": [{"user": "a"}, {"user": "a"}]}}},
            'Setting "applications.x.assignments[1]" names what another of the list names already.',
        ),
        (
            {"realm": "acme", "applications": {"x": {"pushGroups": [{"name": "r"}]}}},
            "applications.x: A push group needs",
        ),
        ({"realm": "acme", "settings": {"name": "b"}}, 'Setting "settings.name" cannot be set in a file'),
        ({"realm": "acme", "applications": {"x": {"name": "y"}}}, 'Setting "applications.x.name" cannot be set'),
        ({"realm": "acme", "sources": {"hr": {"id": "y"}}}, 'Setting "sources.hr.id" cannot be set'),
        ({"realm": "acme", "sources": {"hr": {}}}, "sources.hr: A source has exactly one of"),
        ({"realm": "no such name!"}, 'settings: Setting "name" must be'),
    ],
)
def test_what_cannot_be_is_named_with_its_place_and_nothing_is_done(
    peopled: Run, tmp_path: Path, content: dict[str, Any], said: str
) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(json.dumps(content))
    for command in ("plan", "apply"):
        done = peopled(command, "-f", str(file))
        assert (done.code, done.out, said in done.err) == (1, "", True), done.err


def test_a_file_that_cannot_be_read_is_a_wrong_use(acme: Run, tmp_path: Path) -> None:
    done = acme("plan", "-f", str(tmp_path / "none.yaml"))
    assert (done.code, "none.yaml cannot be read" in done.err) == (2, True)


def test_a_misspelled_attribute_is_told_with_its_place_unless_the_realm_has_it(peopled: Run, folder: Path) -> None:
    file = folder / "acme.yaml"
    file.write_text(FILE.replace("expression: '\"NO\"'", "expression: user.titel"))
    place = "applications.portal.mappings, title: Nobody here has user.titel"
    assert place in peopled("plan", "-f", str(file)).err
    urn = "urn:example:params:scim:schemas:paper:1.0:User"
    schema = {"id": urn, "name": "Paper", "attributes": [{"name": "titel", "type": "string"}]}
    extension = json.dumps({"resourceType": "User", "schema": schema, "required": False})
    file.write_text(file.read_text().replace("settings:", f"settings:\n  extensions: [{extension}]", 1))
    done = peopled("plan", "-f", str(file))
    assert (done.code, place in done.err) == (0, False), done.err
