"""`python -m scimbridge`."""

from scimbridge.cli import main

main()
