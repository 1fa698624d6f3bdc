"""Where the people and groups of a realm come from: files, LDAP servers, other SCIM servers."""
