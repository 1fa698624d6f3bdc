"""The command line: `scimbridge --help`.

`serve` is parsed by argparse and the rest by typer, which is imported only then: typer brings pydantic, and that is
18 MB in a server that needs 50 without, and half a second of its start.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from scimbridge.cli.output import Refused, tell
from scimbridge.config import ConfigError
from scimbridge.provisioning.errors import ProvisioningError
from scimbridge.scim.errors import ScimError
from scimbridge.web.errors import ListenError

REFUSED, MISUSED, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; ends the process with its exit code: 0 done, 1 refused, 2 used wrongly."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with _exit_codes():
        if words[:1] == ["serve"]:
            from scimbridge.cli import serving  # noqa: PLC0415 (the web side takes others half a second)

            serving.start(words[1:])
            return
        from scimbridge.cli.program import build  # noqa: PLC0415 (above)

        build(words)(args=words, prog_name="scimbridge")


@contextmanager
def _exit_codes() -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            tell(problem)
        sys.exit(MISUSED)
    except ScimError as error:
        tell(error.detail)
        sys.exit(REFUSED)
    except (Refused, ListenError, ProvisioningError) as error:
        tell(str(error))
        sys.exit(REFUSED)
    except BrokenPipeError:  # the reader of a pipe has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
