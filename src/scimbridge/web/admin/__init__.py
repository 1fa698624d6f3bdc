"""The admin API: what the console and scripts do to realms, clients, tokens and keys, and read of users and groups."""
