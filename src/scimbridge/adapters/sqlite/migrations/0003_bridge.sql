-- Realms written through to a Keycloak: what ties resources here to those there, and what is under way.

CREATE TABLE link (
    realm TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    target TEXT NOT NULL,      -- its id there
    state TEXT NOT NULL,       -- managed, seen
    confirmed TEXT NOT NULL,
    actual TEXT NOT NULL,      -- JSON: the values there when it was confirmed
    PRIMARY KEY (realm, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_target ON link (realm, type, target);
CREATE INDEX link_confirmed ON link (realm, confirmed);

-- Writes that were about to be made there; a row is gone once our own commit stands.
CREATE TABLE intent (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    realm TEXT NOT NULL,
    time TEXT NOT NULL,
    operation TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,    -- JSON
    joined TEXT NOT NULL,
    left_ TEXT NOT NULL,
    target TEXT NOT NULL
) STRICT;

CREATE TABLE task (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    realm TEXT NOT NULL,
    time TEXT NOT NULL,
    operation TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    due TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,       -- waiting, failed
    password TEXT NOT NULL,    -- an encoded argon2id hash
    joined TEXT NOT NULL,
    left_ TEXT NOT NULL
) STRICT;
CREATE INDEX task_resource ON task (realm, id, sequence) WHERE state = 'waiting';
