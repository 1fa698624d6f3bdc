"""The command line: `scimbridge --help`."""

from scimbridge.cli.application import main

__all__ = ["main"]
