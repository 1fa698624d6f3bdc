"""A real Keycloak for the tests: from Maven, on a free port of the loopback address, in a folder of its own."""

import os
import shutil
import signal
import subprocess
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from e2e.server import free_port

ARTIFACT = "org.keycloak:keycloak-quarkus-dist"
WITH_SCIM, WITHOUT_SCIM = "26.7.4", "26.5.6"
START_LIMIT = 180.0  # seconds: 15 on two idle cores, the first start builds
FETCH_LIMIT = 600.0


def installed(version: str, folder: Path) -> Path:
    """Unpacks that version below `folder`; Maven keeps the archive in its own cache."""
    maven = shutil.which("mvn")
    assert maven, "mvn, which fetches Keycloak, is not installed"
    command = [maven, "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}:{version}:zip"]
    subprocess.run([*command, f"-DoutputDirectory={folder}"], cwd=folder, check=True, timeout=FETCH_LIMIT)  # noqa: S603
    archive = folder / f"keycloak-quarkus-dist-{version}.zip"
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    archive.unlink()
    home = folder / f"keycloak-{version}"
    (home / "bin" / "kc.sh").chmod(0o755)
    return home


@dataclass(slots=True)
class KeycloakServer:
    """One that can be killed and started again on its port and its data."""

    home: Path
    version: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it is ready."""
        features = ["--features=scim-api"] if self.version >= "26.6" else []
        command = [str(self.home / "bin" / "kc.sh"), "start-dev", "--http-host=127.0.0.1", f"--http-port={self.port}"]
        bootstrap = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin"}
        with (self.home / "test.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [*command, *features, "--log-level=warn"],
                env=os.environ | bootstrap | {"JAVA_OPTS_APPEND": "-Xmx1g"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the launcher is a shell, and Java its child
            )
        self._wait()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        if self.process is not None:
            self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)
        self.process.wait(60)
        self.process = None

    def _wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.home / "test.log").read_text()[-3000:]
            try:
                if httpx.get(f"{self.url}/realms/master", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        self.kill()
        raise AssertionError(f"not ready after {START_LIMIT} s: {(self.home / 'test.log').read_text()[-3000:]}")
