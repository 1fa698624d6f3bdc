-- Where people of a realm come from, and accounts that applications' targets have.

CREATE TABLE source (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL REFERENCES realm ON DELETE CASCADE,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,    -- JSON, as in provisioning.sources.settings
    cursor TEXT NOT NULL,
    imported TEXT NOT NULL,
    revision INTEGER NOT NULL, -- of the settings that the last import went by
    holder TEXT NOT NULL,      -- who imports now, '' = nobody
    until TEXT NOT NULL,
    UNIQUE (realm, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER source_deleted AFTER DELETE ON source BEGIN
    DELETE FROM sealed WHERE realm = old.realm AND purpose = 'source:' || old.id;
END;

-- A resource has one source at most.
CREATE TABLE source_link (
    realm TEXT NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,         -- what the source tells it by
    presence TEXT NOT NULL,    -- present, left
    PRIMARY KEY (realm, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX source_link_key ON source_link (source, type, key);

CREATE TABLE account (
    seq INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,          -- at the target
    name TEXT NOT NULL,
    state TEXT NOT NULL,       -- unmatched, suggested, confirmed, ignored
    person TEXT NOT NULL,      -- whose it is here, '' = nobody's
    made INTEGER NOT NULL,     -- whether an import made that person or group
    why TEXT NOT NULL,
    document TEXT NOT NULL,    -- JSON
    seen TEXT NOT NULL,
    UNIQUE (application, type, id)
) STRICT;
