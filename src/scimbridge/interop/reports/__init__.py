"""What a check found, for a person or a machine to read: each module writes one format from a `Report`."""
