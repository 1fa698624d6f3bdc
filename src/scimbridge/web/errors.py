"""What can go wrong before anything is served."""


class ListenError(Exception):
    """An address cannot be listened on; the message says which and why."""
