"""The suites that a command is to play: bundled ones, files, and Okta's own test."""

import secrets
import string
from pathlib import Path

from scimbridge.cli.output import Refused
from scimbridge.interop.check import SpecTest
from scimbridge.interop.spec import is_spec
from scimbridge.interop.suite import Suite
from scimbridge.interop.suite_file import MalformedSuite, bundled, load_bundled, parse_suite, read_document


def new_tag() -> str:
    """Marks every name that a run writes: nobody has it by chance."""
    return f"scimbridge-check-{random_text(string.ascii_lowercase, 6)}"


def load_suite(name: str) -> Suite:
    """One that is bundled, or a file. Raises Refused, MalformedSuite."""
    if name in bundled():
        return load_bundled(name)
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise Refused(f"{name} cannot be read ({error.strerror}), and is none of {', '.join(bundled())}.") from None
    try:
        return parse_suite(read_document(content))
    except MalformedSuite as error:
        raise Refused(f"{name}: {error}.") from None


def read_spec(path: Path, *, read_only: bool) -> SpecTest:
    """Okta's export, with new random names. Raises Refused."""
    if read_only:
        raise Refused("--okta-spec creates a user: it cannot be --read-only.")
    try:
        exported = read_document(path.read_bytes())
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}).") from None
    if not is_spec(exported):
        raise Refused(f"{path} is no export of Runscope or BlazeMeter: no step of it has a step_type.")
    return SpecTest(exported, random_text(string.digits, 3), random_text(string.ascii_lowercase, 8))


def random_text(characters: str, count: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(count))
