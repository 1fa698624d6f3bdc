"""Settings: where they come from, and what is said when they cannot be used."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from scimbridge.config import KEYS, ConfigError, Settings, check_serving, load, reference_table


def test_without_anything_the_defaults_hold() -> None:
    settings = load({}, {})
    assert settings == Settings()
    assert settings.http_port == 8080
    assert not settings.scim_api


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "scimbridge.toml"
    file.write_text('http-port = 1\nhost = "::1"\nlog-level = "debug"\n')
    environment = {"SCIMBRIDGE_CONFIG": str(file), "SCIMBRIDGE_HTTP_PORT": "2", "SCIMBRIDGE_LOG_LEVEL": "error"}
    settings = load({"http-port": "3", "host": None}, environment)
    assert (settings.http_port, settings.log_level, settings.host) == (3, "error", "::1")


def test_the_flag_names_the_file_before_the_environment_does(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("http-port = 1")
    (tmp_path / "b.toml").write_text("http-port = 2")
    environment = {"SCIMBRIDGE_CONFIG": str(tmp_path / "a.toml")}
    assert load({}, environment, tmp_path / "b.toml").http_port == 2


@pytest.mark.parametrize(
    ("key", "raw", "value"),
    [
        ("features", "scim-api", frozenset({"scim-api"})),
        ("features", "", frozenset()),
        ("features", ["scim-api"], frozenset({"scim-api"})),
        ("http-enabled", "On", True),
        ("access-log", "0", False),
        ("access-log", False, False),
        ("http-port", "0", 0),
        ("scan-timeout", "0.5", 0.5),
        ("scan-timeout", 3, 3.0),
        ("hostname", "https://scim.example.com/", "https://scim.example.com"),
        ("hostname", "scim.example.com", "https://scim.example.com"),
        ("hostname", "http://localhost:8080", "http://localhost:8080"),
        ("proxy-trusted", "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        ("log-level", "INFO", "info"),
        ("database", "/var/lib/scimbridge.db", Path("/var/lib/scimbridge.db")),
    ],
)
def test_a_value_is_read(key: str, raw: Any, value: Any) -> None:
    assert getattr(load({key: raw}, {}), KEYS[key].field) == value


@pytest.mark.parametrize(
    ("key", "raw", "problem"),
    [
        ("features", "scim", "has no feature scim; there is scim-api"),
        ("features", 1, "must be a comma-separated text"),
        ("http-enabled", "maybe", "must be true or false"),
        ("http-port", "http", "must be a whole number from 0 to 65535"),
        ("http-port", 70000, "must be a whole number from 0 to 65535"),
        ("http-port", True, "must be a whole number"),
        ("http-port", 80.5, "must be a whole number"),
        ("scan-timeout", "0", "must be a number of seconds"),
        ("scan-timeout", "soon", "must be a number of seconds"),
        ("scan-timeout", "nan", "must be a number of seconds"),
        ("hostname", "https://a b", "must be a host name"),
        ("hostname", "ftp://a", "must be a host name"),
        ("hostname", "https://u:p@a", "must be a host name"),
        ("hostname", "https://a:99999", "must be a host name"),
        ("proxy-trusted", "10.0.0.0/33", "must list IP addresses"),
        ("proxy-trusted", "everyone", "must list IP addresses"),
        ("log-level", "loud", "must be one of debug, info, warning, error"),
        ("database", " ", "must be a text"),
        ("hash-threads", "0", "must be a whole number from 1 to 64"),
    ],
)
def test_a_bad_value_is_refused_with_its_key(key: str, raw: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load({key: raw}, {})
    assert refusal.value.problems[0].startswith(f"--{key} {problem}")


def test_all_problems_are_said_at_once_each_with_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('htp-port = 1\nlog-level = "loud"\n')
    environment = {"SCIMBRIDGE_ACCESS_LOG": "maybe", "SCIMBRIDGE_HTTP_PROT": "1"}
    with pytest.raises(ConfigError) as refusal:
        load({"http-port": "x"}, environment, file)
    assert refusal.value.problems == [
        f"{file}: htp-port is not a setting; did you mean http-port?",
        f"{file}: log-level must be one of debug, info, warning, error",
        "SCIMBRIDGE_ACCESS_LOG must be true or false",
        "SCIMBRIDGE_HTTP_PROT is not a setting; did you mean http-port?",
        "--http-port must be a whole number from 0 to 65535",
    ]


def test_what_kubernetes_adds_for_a_service_of_the_same_name_is_no_setting() -> None:
    environment = {"SCIMBRIDGE_PORT": "tcp://10.0.0.1:80", "SCIMBRIDGE_PORT_80_TCP_ADDR": "x", "SCIMBRIDGE_HOST": ""}
    assert load({}, environment | {"SCIMBRIDGE_SERVICE_HOST": "10.0.0.1"}) == Settings()


@pytest.mark.parametrize(("content", "problem"), [(None, "cannot be read"), ("a = ", "is not TOML")])
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, content: str | None, problem: str) -> None:
    file = tmp_path / "s.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=problem):
        load({}, {}, file)


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        ({"host": "0.0.0.0"}, "plain HTTP"),  # noqa: S104
        ({"host": "scim.internal"}, "plain HTTP"),
        ({"https-certificate-file": __file__}, "go together"),
        ({"https-certificate-file": "/nowhere", "https-certificate-key-file": __file__}, "not there or not readable"),
    ],
)
def test_a_server_refuses_to_start_insecurely(flags: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        check_serving(load(flags, {}))


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"host": "localhost"},
        {"host": "::1"},
        {"host": "0.0.0.0", "http-enabled": True},  # noqa: S104
        {"host": "0.0.0.0", "proxy-trusted": "10.0.0.0/8"},  # noqa: S104
        {"host": "::", "https-certificate-file": __file__, "https-certificate-key-file": __file__},
    ],
)
def test_a_server_starts_where_nobody_can_listen_in(flags: dict[str, Any]) -> None:
    check_serving(load(flags, {}))


def test_the_reference_has_a_row_for_every_setting() -> None:
    rows = reference_table().splitlines()[2:]
    assert [row.split("`")[5] for row in rows] == list(KEYS)
