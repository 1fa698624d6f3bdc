"""The command line in this process, on a database file of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scimbridge.cli import main


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "scimbridge.db"
    monkeypatch.setenv("SCIMBRIDGE_DATABASE", str(path))
    return path


@pytest.fixture
def run(database: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `scimbridge ARGUMENTS` with nobody at the terminal."""
    assert not database.exists()

    def call(*arguments: str) -> Done:
        try:
            main(arguments)
        except SystemExit as end:
            code = end.code or 0
        else:
            code = 0
        assert isinstance(code, int)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return call


@pytest.fixture
def acme(run: Run) -> Run:
    """As `run`, with a realm acme."""
    assert run("realm", "create", "acme").code == 0
    return run
