"""LDAP servers as sources of people."""
