"""A real OpenLDAP server for the tests: its own folder, its own port of the loopback address, gone afterwards."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import ldap3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from e2e.server import free_port

ROOT = "dc=example,dc=test"
ADMIN, PASSWORD = f"cn=admin,{ROOT}", "hush-hush"
PEOPLE, TEAMS = f"ou=people,{ROOT}", f"ou=teams,{ROOT}"
START_LIMIT = 20.0  # seconds

_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
sizelimit unlimited
database mdb
suffix "{root}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
maxsize 268435456
index objectClass,entryUUID,modifyTimestamp,uid eq
access to attrs=userPassword by * none
access to * by users read by anonymous auth
"""


def binary() -> str | None:
    return shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/libexec")


@dataclass(slots=True)
class Slapd:
    """`start` it with what is in it from the beginning; `with` `admin()` it is changed."""

    folder: Path
    port: int = field(default_factory=free_port)
    secure_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def secure_url(self) -> str:
        return f"ldaps://127.0.0.1:{self.secure_port}"

    @property
    def ca_file(self) -> str:
        return str(self.folder / "certificate.pem")

    def start(self, entries: Iterable[str]) -> None:
        """`entries` in LDIF; returns when it answers."""
        path = binary()
        assert path is not None
        (self.folder / "data").mkdir()
        _write_certificate(self.folder)
        config = self.folder / "slapd.conf"
        config.write_text(_CONFIG.format(folder=self.folder, root=ROOT, admin=ADMIN, password=PASSWORD))
        ldif = self.folder / "entries.ldif"
        ldif.write_text("\n\n".join([*_BASE, *entries]) + "\n")
        add = [path, "-T", "add", "-q", "-f", str(config), "-l", str(ldif)]
        subprocess.run(add, check=True, capture_output=True, timeout=60)  # noqa: S603
        urls = f"{self.url} {self.secure_url}"
        self.process = subprocess.Popen(  # noqa: S603
            [path, "-d", "0", "-h", urls, "-f", str(config)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.secure_port), timeout=1).close()
            except OSError:
                assert self.process.poll() is None, "slapd has ended"
                assert time.monotonic() < deadline, "slapd does not answer"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=START_LIMIT)

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """A connection that may write; Any, since half of its methods have no types."""
        server = ldap3.Server(self.url, get_info=ldap3.NONE)
        connection: Any = ldap3.Connection(
            server, ADMIN, PASSWORD, auto_bind=True, raise_exceptions=True, check_names=False
        )
        try:
            yield connection
        finally:
            connection.unbind()


def person(uid: str, **attributes: str | Sequence[str]) -> str:
    """An inetOrgPerson in LDIF."""
    values = {"cn": uid.title(), "sn": uid.title(), "mail": f"{uid}@example.test", **attributes}
    return _entry(f"uid={uid},{PEOPLE}", objectClass="inetOrgPerson", uid=uid, **values)


def team(cn: str, *members: str, **attributes: str | Sequence[str]) -> str:
    """A groupOfNames of DNs in LDIF."""
    return _entry(f"cn={cn},{TEAMS}", objectClass="groupOfNames", cn=cn, member=members or [ADMIN], **attributes)


def dn(uid: str) -> str:
    return f"uid={uid},{PEOPLE}"


def _entry(name: str, **attributes: str | Sequence[str]) -> str:
    lines = [f"dn: {name}"]
    for attribute, given in attributes.items():
        lines += [f"{attribute}: {value}" for value in ([given] if isinstance(given, str) else given)]
    return "\n".join(lines)


_BASE = (
    _entry(ROOT, objectClass=["dcObject", "organization"], dc="example", o="Example"),
    _entry(PEOPLE, objectClass="organizationalUnit", ou="people"),
    _entry(TEAMS, objectClass="organizationalUnit", ou="teams"),
)


def _write_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names: Any = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(names, critical=False)
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
