-- Realms, and what grants access to each.

-- Moves with every change below, so that every process notices the changes of the others.
CREATE TABLE access_version (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n INTEGER NOT NULL
) STRICT;
INSERT INTO access_version VALUES (1, 1);

CREATE TABLE realm (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL     -- JSON, as in access.settings
) STRICT, WITHOUT ROWID;
-- The server itself: the tokens of this row are the admin tokens.
INSERT INTO realm VALUES ('', '', '{}');

-- Realms whose resources and journal are still to be deleted, or might get one more from a request under way.
CREATE TABLE deleted_realm (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE client (
    realm TEXT NOT NULL REFERENCES realm ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    body TEXT NOT NULL,        -- JSON; of the secrets only SHA-256
    PRIMARY KEY (realm, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    realm TEXT NOT NULL REFERENCES realm ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    last_used TEXT,
    PRIMARY KEY (realm, name)
) STRICT, WITHOUT ROWID;

-- The SHA-256 of every secret of a token, to find it by.
CREATE TABLE token_secret (
    realm TEXT NOT NULL,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (realm, hash),
    FOREIGN KEY (realm, name) REFERENCES token ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX token_secret_name ON token_secret (realm, name);

CREATE TABLE signing_key (
    realm TEXT NOT NULL REFERENCES realm ON DELETE CASCADE,
    kid TEXT NOT NULL,
    private_pem TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    PRIMARY KEY (realm, kid)
) STRICT, WITHOUT ROWID;

-- Append only; stays when the realm goes.
CREATE TABLE admin_event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    operation TEXT NOT NULL,
    subject TEXT NOT NULL,
    realm TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX admin_event_realm ON admin_event (realm);
