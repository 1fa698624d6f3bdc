"""The documentation is held to the program: links, commands, settings, functions, and the tutorial as it is typed."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from e2e.server import Installation, free_port, running, start
from scimbridge.cli import application_settings
from scimbridge.cli.program import build
from scimbridge.config.settings import KEYS, reference_table
from scimbridge.provisioning.application import Application, Connection, Saml
from scimbridge.provisioning.capabilities import load_preset, presets
from scimbridge.provisioning.settings import application_to_document
from scimbridge.web.admin.routes import TABLE

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)? ?(\w+)?\n(.*?)^```$(?:\n+<!-- expect: (.*?) -->$)?", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FUNCTION = re.compile(r"`(scimbridge(?:\.\w+)+):([\w.]+)`")
COMMAND = re.compile(r"(?:^|\s|\()(?:uv run )?scimbridge (?=[a-z-])([^|\n`)]+)")

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """The page without its blocks of code, in which brackets are no links and # is no heading."""
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    titles = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", title).lower() for title in HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in titles}


@by_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), f"{link}: there are {sorted(anchors(target))}"


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every `scimbridge` command line on a page, blocks of code and inline code alike."""
    content = page.read_text()
    code = [block for language, _, block, _ in FENCE.findall(content) if language in {"sh", "ini"}]
    code += re.findall(r"`([^`\n]+)`", FENCE.sub("", content))
    for piece in code:
        for line in COMMAND.findall(piece.replace("\\\n", " ")):
            yield shlex.split(line, comments=True)


def tree() -> Any:
    """The commands. Any: typer carries a copy of click under a private name, where its groups have `commands`."""
    return typer.main.get_command(build())


def check_command(words: list[str]) -> None:
    """Follow the words through the tree of commands; every option must be one of the command they lead to."""
    command = tree()
    words = list(words)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        assert name in command.commands, f"no command {name!r} in {sorted(command.commands)}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    if command.name == "serve":  # reads its flags itself, from the table of settings
        known = {"--config", *(option for key in KEYS.values() for option in key.flag.split("/"))}
    for word in words:
        if word.startswith("--") and word != "--":
            assert word.partition("=")[0] in {*known, "--help"}, f"{command.name} has no {word}"


@by_page
def test_commands_are_ones_that_the_program_knows(page: Path) -> None:
    for words in commands(page):
        check_command(words)


def leaves(command: Any, path: str = "") -> Iterator[str]:
    """Every command that does something, as it is typed after `scimbridge`."""
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            if not child.hidden:
                yield from leaves(child, f"{path} {name}".strip())
    else:
        yield path


def test_the_reference_of_the_command_line_has_every_command() -> None:
    reference = (ROOT / "docs/reference/command-line.md").read_text()
    for command in leaves(tree()):
        assert f"`{command}" in reference, command


def test_the_reference_of_the_configuration_is_the_table_of_settings() -> None:
    assert reference_table() in (ROOT / "docs/reference/configuration.md").read_text()


def test_the_reference_of_applications_has_every_setting_with_its_default() -> None:
    application = Application("x", "x", saml=Saml("", ""), connection=Connection(""))
    defaults = application_to_document(application)
    del defaults["connection"]["url"], defaults["saml"]["ssoUrl"], defaults["saml"]["audience"]
    table = application_settings.reference_table(defaults)
    assert table in (ROOT / "docs/reference/applications.md").read_text()
    named = {row.split("`")[1].split(".")[0] for row in table.splitlines()[2:]}
    assert named | {"id", "name", "revision", "mappings"} == set(defaults)


def test_the_reference_of_http_has_every_url_of_the_admin_api() -> None:
    reference = (ROOT / "docs/reference/http.md").read_text()
    for entry in TABLE:
        path = entry.path.replace(":path", "")
        for name, shown in (("realm", "R"), ("application", "APP"), ("token", "NAME")):
            path = path.replace(f"{{{name}}}", shown)
        path = re.sub(r"{(\w+)}", lambda found: found[1].upper(), path)
        assert f"`{entry.method} {path}`" in reference


@pytest.mark.slow
def test_the_reference_of_http_has_every_metric(tmp_path: Path) -> None:
    with running(Installation(tmp_path), "--metrics-public") as server:
        families = re.findall(r"^# TYPE (scimbridge_\w+)", httpx.get(f"{server.url}/metrics").text, re.MULTILINE)
    assert len(families) >= 5
    reference = (ROOT / "docs/reference/http.md").read_text()
    assert [name for name in families if f"`{name}`" not in reference] == []


@by_page
def test_variables_are_ones_that_the_program_reads(page: Path) -> None:
    others = {"SCIMBRIDGE_CONFIG", "SCIMBRIDGE_TOKEN", "SCIMBRIDGE_CLIENT_SECRET"} | {
        "SCIMBRIDGE_PASSWORD",
        "SCIMBRIDGE_OTHER_TOKEN",
    }
    known = {key.variable for key in KEYS.values()} | others
    assert set(re.findall(r"\bSCIMBRIDGE_[A-Z_]*[A-Z]\b", page.read_text())) <= known


@by_page
def test_functions_that_are_named_exist(page: Path) -> None:
    for module, name in FUNCTION.findall(page.read_text()):
        reduce(getattr, name.split("."), importlib.import_module(module))


def test_the_reference_of_presets_has_every_fact_with_where_it_comes_from() -> None:
    reference = (ROOT / "docs/reference/presets.md").read_text()
    for name in presets():
        preset = load_preset(name)
        assert f"## {name}\n\n{preset.title}." in reference
        for text in (preset.advice, *preset.notes, *preset.sources.values()):
            assert text in reference, text


def test_the_life_of_a_request_names_its_functions() -> None:
    assert len(FUNCTION.findall((ROOT / "docs/life-of-a-request.md").read_text())) >= 12


class Shell:
    """A reader at a terminal: one bash, in which `uv run scimbridge` is the scimbridge under test."""

    END = "<end of block>"

    def __init__(self, folder: Path) -> None:
        self._bash = subprocess.Popen(
            ["/bin/bash", "-e", "-u", "-o", "pipefail"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("SCIMBRIDGE_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.run(f'uv() {{ shift; {shlex.quote(sys.executable)} -m "$@"; }}')

    def run(self, block: str) -> str:
        """What the block prints; fails if a command of it fails."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{block}\necho; echo '{self.END}'\n")
        self._bash.stdin.flush()
        output: list[str] = []
        for line in self._bash.stdout:
            if line.rstrip() == self.END:
                return "".join(output)
            output.append(line)
        pytest.fail(f"{block}\n{''.join(output)}")

    def close(self) -> None:
        self._bash.communicate(timeout=10)


@pytest.mark.slow
def test_the_tutorial_works_as_it_is_typed(tmp_path: Path) -> None:
    """Every block in order, in one shell; a block may say what its output must hold."""
    port = free_port()
    page = (ROOT / "docs/tutorial.md").read_text().replace("8080", str(port)).replace("tutorial.db", "scimbridge.db")
    blocks = [(role, block, expected) for language, role, block, expected in FENCE.findall(page) if language == "sh"]
    assert sum(bool(expected) for *_, expected in blocks) >= 5
    shell, server = Shell(tmp_path), None
    try:
        for role, block, expected in blocks:
            if role == "serve":
                server = start(Installation(tmp_path), port=port)
            else:
                output = shell.run(block)
                assert expected in output, f"{block}\n{output}"
    finally:
        shell.close()
        if server is not None:
            server.stop()
