"""Judges that share no code with the server: other people's clients and testers, crashes, and fuzz."""
