"""Certificates that are renewed while the server runs."""

import asyncio
import ssl
from pathlib import Path

import pytest

from scimbridge.web.http.certificate import Certificate

from .certificates import write_certificate


async def served(certificate: Certificate) -> bytes:
    """The certificate that a client is shown, in DER."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=certificate.context)
    async with server:
        host, port = server.sockets[0].getsockname()
        trust_all = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust_all.check_hostname, trust_all.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection(host, port, ssl=trust_all)
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await writer.wait_closed()
    return bytes(shown)


def der(chain: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(chain.read_text())


async def test_a_renewed_certificate_is_shown_to_new_connections(tmp_path: Path) -> None:
    chain, key = write_certificate(tmp_path)
    certificate, first = Certificate(chain, key), der(chain)
    assert await served(certificate) == first
    write_certificate(tmp_path)
    certificate.renew()
    assert await served(certificate) == der(chain) != first


async def test_half_a_renewal_changes_nothing_and_the_other_half_completes_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chain, key = write_certificate(tmp_path)
    certificate, first = Certificate(chain, key), der(chain)
    (tmp_path / "new").mkdir()
    new_chain, new_key = write_certificate(tmp_path / "new")
    chain.write_bytes(new_chain.read_bytes())
    certificate.renew()
    assert await served(certificate) == first
    assert "certificate not renewed" in caplog.messages
    key.write_bytes(new_key.read_bytes())
    certificate.renew()
    assert await served(certificate) == der(new_chain)


async def test_files_that_go_away_leave_the_certificate_that_was_read(tmp_path: Path) -> None:
    chain, key = write_certificate(tmp_path)
    certificate, first = Certificate(chain, key), der(chain)
    key.unlink()
    certificate.renew()
    assert await served(certificate) == first


def test_a_key_of_another_certificate_is_refused_at_once(tmp_path: Path) -> None:
    chain, _ = write_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, key = write_certificate(tmp_path / "other")
    with pytest.raises(ssl.SSLError):
        Certificate(chain, key)
