"""A processor for each, so that nobody waits for somebody else's (Linux)."""

import os
from pathlib import Path


def pin(process: int, processor: int) -> None:
    """All its threads; those that they make later come too."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {processor})
