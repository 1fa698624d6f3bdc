"""A real server for the end-to-end tests: its own process, a free port, a database file of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_LIMIT = 30.0  # seconds until the server must be ready; a loaded CI machine takes a few
STOP_LIMIT = 15.0


def execute(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end (`timeout` in seconds), with no standard input."""
    return subprocess.run(  # noqa: S603 (the tests choose the program)
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def execute_scimbridge(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `scimbridge ARGUMENTS` as its users do, whatever becomes of it."""
    return execute([sys.executable, "-m", "scimbridge", *arguments], folder, environment)


@dataclass(frozen=True, slots=True)
class Installation:
    """A database file with its command line; `folder` also receives the log of the server."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "scimbridge.db"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SCIMBRIDGE_")}
        return kept | {"SCIMBRIDGE_DATABASE": str(self.database)}

    def command(self, *arguments: str) -> str:
        """What `scimbridge ARGUMENTS` prints on standard output, without the last newline."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"scimbridge {' '.join(arguments)}: {done.stderr}"
        return done.stdout.rstrip("\n")

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `scimbridge ARGUMENTS`, whatever becomes of it."""
        return execute_scimbridge(arguments, self.folder, self.environment)


@dataclass(slots=True)
class Server:
    """A running `scimbridge serve`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def scim(self, realm: str) -> str:
        """The SCIM base URL of a realm."""
        return f"{self.url}/realms/{realm}/scim/v2"

    def kill(self) -> None:
        """The power cut of a process: SIGKILL, nothing is flushed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_LIMIT)

    def stop(self) -> int:
        """Ask it to stop, as a service manager does; the exit status."""
        self.process.terminate()
        return self.process.wait(STOP_LIMIT)


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(installation: Installation, *flags: str, port: int | None = None) -> Server:
    """Start a server, on a free port unless one is given, and wait until it is ready."""
    port = port or free_port()
    log = installation.folder / "serve.log"
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-m", "scimbridge", "serve", "--features", "scim-api", "--http-port", str(port), *flags],
            env=installation.environment,
            cwd=installation.folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    server = Server(process, f"http://127.0.0.1:{port}", log)
    wait_until_ready(server)
    return server


def wait_until_ready(server: Server) -> None:
    """Poll the readiness of a process that was just started; fails with its log if it ends or takes too long."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"the server ended: {server.log.read_text()[-3000:]}"
        try:
            if httpx.get(f"{server.url}/health/ready", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    server.kill()
    raise AssertionError(f"not ready after {START_LIMIT} s: {server.log.read_text()[-3000:]}")


@contextmanager
def running(installation: Installation, *flags: str) -> Iterator[Server]:
    """A server for the length of a `with` block."""
    server = start(installation, *flags)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
