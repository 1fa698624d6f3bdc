-- Secrets that a realm signs in elsewhere with, closed with a key that is not in this file.

CREATE TABLE sealed (
    realm TEXT NOT NULL REFERENCES realm ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (realm, purpose)
) STRICT, WITHOUT ROWID;
