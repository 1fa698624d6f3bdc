"""All commands in one program, of which only what is asked for is loaded."""

import subprocess
import sys
from typing import Any

import pytest
import typer

from scimbridge.cli.program import MODULES, build


def commands(*words: str) -> list[str]:
    tree: Any = typer.main.get_command(build(words))
    return list(tree.commands)


def test_each_word_finds_its_module_and_all_are_there_for_the_help() -> None:
    for module, names in MODULES.items():
        for name in names:
            assert sorted(commands(name)) == sorted(["serve", *names]), module
    everything = sorted(["serve", *(name for names in MODULES.values() for name in names)])
    assert sorted(commands()) == everything
    assert sorted(commands("no-such-command")) == everything


@pytest.mark.slow
def test_a_short_command_does_not_wait_for_what_others_need() -> None:
    """Each of these takes 50 to 200 ms."""
    program = "import sys; from scimbridge.cli.program import build; build(['realm', 'list']); print(*sys.modules)"
    loaded = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "scimbridge.cli.realm" in loaded
    assert {"scimbridge.web.server", "starlette", "lark", "yaml", "ldap3", "rich"}.isdisjoint(loaded)
