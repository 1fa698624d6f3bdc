"""A realm as code: what a file describes, how it differs from what is, and making it so."""
