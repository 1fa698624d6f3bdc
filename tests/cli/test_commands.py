"""Commands: what they print where, what they refuse, and with which exit code."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from .conftest import Run


def test_a_new_database_is_named_on_standard_error(run: Run, database: Path) -> None:
    done = run("realm", "list")
    assert (done.code, done.err) == (0, f"scimbridge: Made a new database, {database}.\n")
    assert database.stat().st_mode & 0o077 == 0


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").out == f"{version('scimbridge')}\n"


def test_a_realm_is_made_and_its_base_url_printed(run: Run) -> None:
    done = run("realm", "create", "acme", "--password-policy", "store")
    assert (done.code, done.out) == (0, "http://127.0.0.1:8080/realms/acme/scim/v2\n")
    realm = json.loads(run("realm", "show", "acme", "--json").out)
    assert (realm["passwordPolicy"], realm["scimApi"], realm["baseUrl"]) == ("store", True, done.out.strip())


def test_the_base_url_follows_the_hostname(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIMBRIDGE_HOSTNAME", "https://scim.example.com")
    assert run("realm", "create", "acme").out == "https://scim.example.com/realms/acme/scim/v2\n"


def test_settings_of_a_realm_are_changed_one_by_one(acme: Run, tmp_path: Path) -> None:
    blocklist = tmp_path / "bad.txt"
    blocklist.write_text("hunter2\n\nPassword1\n")
    assert acme("realm", "set", "acme", "--no-scim-api").code == 0
    assert acme("realm", "set", "acme", "--password-min-length", "12").code == 0
    done = acme("realm", "set", "acme", "--password-blocklist", str(blocklist), "--json")
    realm = json.loads(done.out)
    assert realm["scimApi"] is False
    assert realm["passwordRules"] == {"minLength": 12, "maxLength": 256, "blocklist": ["hunter2", "Password1"]}


def test_the_token_and_nothing_else_is_printed(acme: Run) -> None:
    done = acme("token", "create", "acme", "okta")
    assert done.out.startswith("sb_")
    assert done.out.count("\n") == 1
    assert done.err == ""
    assert [row["name"] for row in json.loads(acme("token", "list", "acme", "--json").out)] == ["okta"]


def test_the_secret_and_nothing_else_is_printed(acme: Run) -> None:
    done = acme("client", "create", "acme", "scim-client", "--role", "manage-users", "--role", "view-users")
    assert len(done.out.strip()) >= 43
    assert done.out.count("\n") == 1
    assert done.err == ""
    client = json.loads(acme("client", "show", "acme", "scim-client", "--json").out)
    assert client["roles"] == ["manage-users", "view-users"]
    assert done.out.strip() not in json.dumps(client)


def test_a_client_without_a_role_is_made_with_a_word_of_warning(acme: Run) -> None:
    done = acme("client", "create", "acme", "c")
    assert done.code == 0
    assert "has no role yet" in done.err


def test_rotation_prints_another_secret_and_can_overlap(acme: Run) -> None:
    first = acme("client", "create", "acme", "c", "--role", "view-users").out
    assert acme("client", "rotate", "acme", "c", "--overlap", "24h").out != first
    client = json.loads(acme("client", "show", "acme", "c", "--json").out)
    assert [secret["expires"] is None for secret in client["secrets"]] == [True, False]


def test_a_client_is_changed_and_deleted(acme: Run) -> None:
    acme("client", "create", "acme", "c", "--role", "view-users")
    done = acme("client", "set", "acme", "c", "--disabled", "--grant", "password", "--json")
    client = json.loads(done.out)
    assert (client["enabled"], client["grants"], client["roles"]) == (False, ["password"], ["view-users"])
    assert acme("client", "delete", "acme", "c", "--yes").code == 0
    assert json.loads(acme("client", "list", "acme", "--json").out) == []


def test_tokens_rotate_expire_and_are_revoked(acme: Run) -> None:
    acme("token", "create", "acme", "t", "--role", "view-users", "--expires", "90d")
    acme("token", "rotate", "acme", "t", "--overlap", "1h")
    (token,) = json.loads(acme("token", "list", "acme", "--json").out)
    assert token["roles"] == ["view-users"]
    assert len(token["secrets"]) == 2
    assert acme("token", "revoke", "acme", "t", "--yes").code == 0
    assert json.loads(acme("token", "list", "acme", "--json").out) == []


def test_admin_tokens_are_their_own(run: Run) -> None:
    value = run("admin", "token", "create", "console").out
    assert run("admin", "token", "rotate", "console").out != value
    assert "console" in run("admin", "token", "list").out
    assert run("admin", "token", "revoke", "console", "--yes").code == 0
    events = json.loads(run("admin", "events", "--json").out)
    assert [event["operation"] for event in events] == ["token.create", "token.rotate", "token.revoke"]
    assert all(event["actor"].startswith("cli:") for event in events)


def test_signing_keys_are_listed_and_rotated(acme: Run) -> None:
    kid = acme("key", "rotate", "acme").out.strip()
    keys = json.loads(acme("key", "list", "acme", "--json").out)
    assert [(key["kid"] == kid, key["active"]) for key in keys] == [(True, True), (False, False)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("realm", "create", "acme"), 'There is a realm "acme" already.'),
        (("realm", "create", "a/b"), 'Setting "name" must be'),
        (("realm", "create", "b", "--password-policy", "keep"), "one of store, ignore, reject"),
        (("realm", "set", "acme"), "No setting was named"),
        (("realm", "show", "nowhere"), '"scimbridge realm create nowhere" makes it'),
        (("token", "create", "nowhere", "t"), '"scimbridge realm list" shows those there are'),
        (("token", "create", "acme", "t", "--role", "king"), '"king" is no role'),
        (("token", "revoke", "acme", "t", "--yes"), 'no token "t"'),
        (("client", "show", "acme", "c"), 'no client "c"'),
        (("client", "set", "acme", "c"), "No setting was named"),
        (("client", "create", "acme", "c", "--grant", "implicit"), '"implicit" is no grant'),
        (("user", "show", "acme", "nobody"), '"scimbridge user list acme" shows them'),
        (("group", "list", "acme", "--filter", "oops"), "filter"),
        (("schema", "remove", "acme", "urn:x:y", "--yes"), 'has no schema "urn:x:y"'),
        (("schema", "add", "acme", "User", "/nowhere.json"), "cannot be read"),
        (("issuer", "add", "acme", "https://i.example", "--audience", "a"), "exactly one of"),
        (("restore", "/nowhere.db"), "/nowhere.db is not there"),
        (("realm", "delete", "acme"), "add --yes"),
        (("check", "http://x", "--suite", "no-such-thing", "--token", "t"), "none of entra"),
        (("check", "x", "--token", "t"), "is not the SCIM base URL"),
        (("check", "http://x"), "Needed: --token"),
        (("check", "http://x", "--client-id", "c"), "needs --token-url"),
        (("check", "http://x", "--username", "u"), "needs --password"),
        (("check", "http://x", "--header", "nonsense"), "NAME:VALUE"),
        (("check",), "Which server?"),
        (("compare",), "Which servers?"),
        (("compare", "somewhere"), "without --file there are only URLs"),
        (("compare", "http://x"), "Needed: --token"),
        (("record", "--to", "x", "--listen", "0"), "is not the SCIM base URL"),
        (("check", "--explain", "14"), "names no step"),
        (("check", "--explain", "okta-wizard/999"), "has no step 999"),
        (("check", "http://x", "--okta-spec", "/nowhere.json", "--token", "t"), "cannot be read"),
    ],
)
def test_a_refusal_is_a_sentence_on_standard_error_and_exit_code_1(
    acme: Run, arguments: tuple[str, ...], message: str
) -> None:
    done = acme(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("scimbridge: ")
    assert message in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("realm", "create"),
        ("realm", "list", "--nope"),
        ("client", "rotate", "acme", "c", "--overlap", "soon"),
        ("journal", "acme", "--since", "yesterday"),
        ("journal", "acme", "--user", "a", "--group", "b"),
        ("serve", "--http-port", "http"),
        ("serve", "--host", "0.0.0.0"),  # noqa: S104
        ("issuer", "add", "acme", "i", "--audience", "a", "--claim", "azp"),
    ],
)
def test_wrong_use_is_exit_code_2(acme: Run, arguments: tuple[str, ...]) -> None:
    done = acme(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err != ""


def test_bad_settings_are_named_whatever_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIMBRIDGE_HTTP_PROT", "1")
    done = run("realm", "list")
    assert done.code == 2
    assert "SCIMBRIDGE_HTTP_PROT is not a setting; did you mean http-port?" in done.err


def test_a_file_that_is_no_database_is_refused(run: Run, database: Path) -> None:
    database.write_text("hello, I am a text file, and long enough to be looked at" * 100)
    done = run("realm", "list")
    assert done.code == 1
    assert str(database) in done.err


def test_deleting_takes_a_yes(acme: Run) -> None:
    assert acme("realm", "delete", "acme", "--yes").code == 0
    assert json.loads(acme("realm", "list", "--json").out) == []


SCHEMA = {
    "id": "urn:example:badge:1.0:User",
    "name": "Badge",
    "attributes": [{"name": "badge", "type": "string", "multiValued": False}],
}


def test_a_custom_schema_is_added_replaced_and_removed(acme: Run, tmp_path: Path) -> None:
    file = tmp_path / "badge.json"
    file.write_text(json.dumps(SCHEMA))
    assert acme("schema", "add", "acme", "User", str(file)).code == 0
    assert acme("schema", "add", "acme", "User", str(file), "--required").code == 0
    (row,) = json.loads(acme("schema", "list", "acme", "--json").out)
    assert (row["schema"]["id"], row["required"]) == ("urn:example:badge:1.0:User", True)
    assert acme("schema", "remove", "acme", "urn:example:badge:1.0:User", "--yes").code == 0
    assert json.loads(acme("schema", "list", "acme", "--json").out) == []


@pytest.mark.parametrize("content", ["[]", "{", '{"id": "badge"}'])
def test_a_schema_that_is_none_is_refused(acme: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "badge.json"
    file.write_text(content)
    assert acme("schema", "add", "acme", "User", str(file)).code == 1
    assert json.loads(acme("schema", "list", "acme", "--json").out) == []


def test_an_issuer_is_trusted_and_no_longer(acme: Run) -> None:
    url = "https://idp.example/keys"
    done = acme(
        "issuer", "add", "acme", "https://idp.example", "--audience", "a", "--jwks-url", url, "--claim", "v=true"
    )
    assert done.code == 0
    (issuer,) = json.loads(acme("issuer", "list", "acme", "--json").out)
    assert (issuer["jwksUrl"], issuer["claims"]) == (url, {"v": True})
    assert acme("issuer", "remove", "acme", "https://idp.example", "--yes").code == 0
    assert json.loads(acme("issuer", "list", "acme", "--json").out) == []


@pytest.mark.parametrize(
    "command",
    [
        "",
        "serve",
        "try",
        "realm",
        "client",
        "token",
        "admin token",
        "key",
        "user",
        "group",
        "journal",
        "check",
        "backup",
    ],
)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.code == 0
    assert "usage: scimbridge" in done.out.lower()
