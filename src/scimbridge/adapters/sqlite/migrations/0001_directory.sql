-- The directory of every realm, and its journal.

-- Narrow rows: what clients look resources up by. The order of seq is the order of creation. Only what one resource, or
-- a few, have in common is indexed: each further index costs 10 us a create, and looking at 10,000 rows costs 3 ms.
CREATE TABLE resource (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    realm TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,        -- the naming attribute (userName, displayName of a group) as sent
    name_key TEXT NOT NULL,    -- the same, case-folded
    display TEXT NOT NULL,     -- displayName, what members.display and groups.display show
    display_key TEXT,          -- the same, case-folded, where it is not the naming attribute
    external_id TEXT,
    active INTEGER,
    version INTEGER NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    UNIQUE (realm, id),
    UNIQUE (realm, type, name_key)
) STRICT;

-- Lists in order of creation: an index ends with the rowid, which is seq.
CREATE INDEX resource_listing ON resource (realm, type);
CREATE INDEX resource_external ON resource (realm, type, external_id) WHERE external_id IS NOT NULL;

-- How many resources there are for each 1024 values of seq: a page at any depth is found without counting them all.
CREATE TABLE block (
    realm TEXT NOT NULL,
    type TEXT NOT NULL,
    block INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (realm, type, block)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER resource_counted AFTER INSERT ON resource BEGIN
    INSERT INTO block VALUES (new.realm, new.type, new.seq >> 10, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER resource_uncounted AFTER DELETE ON resource BEGIN
    UPDATE block SET n = n - 1 WHERE realm = old.realm AND type = old.type AND block = old.seq >> 10;
    DELETE FROM block WHERE realm = old.realm AND type = old.type AND block = old.seq >> 10 AND n = 0;
END;

-- The resource as JSON, sent as stored: a blob, because it is handed out as bytes.
CREATE TABLE document (
    seq INTEGER PRIMARY KEY REFERENCES resource ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;

-- The key comes first: where it does not, integrity_check of SQLite 3.40 wrongly reports NULL values.
CREATE TABLE email (
    seq INTEGER NOT NULL REFERENCES resource ON DELETE CASCADE,
    key TEXT NOT NULL,         -- emails.value, case-folded
    realm TEXT NOT NULL,
    PRIMARY KEY (seq, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_key ON email (realm, key);

-- The order of position is the order of joining, over all groups.
CREATE TABLE membership (
    position INTEGER PRIMARY KEY,
    group_seq INTEGER NOT NULL REFERENCES resource ON DELETE CASCADE,
    member_seq INTEGER NOT NULL REFERENCES resource ON DELETE CASCADE,
    UNIQUE (member_seq, group_seq)
) STRICT;
CREATE INDEX membership_group ON membership (group_seq);

-- An encoded argon2id hash.
CREATE TABLE credential (
    seq INTEGER PRIMARY KEY REFERENCES resource ON DELETE CASCADE,
    hash TEXT NOT NULL
) STRICT;

-- Append only.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    realm TEXT NOT NULL,
    principal TEXT NOT NULL,
    client TEXT NOT NULL,
    request_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT,             -- case-folded, in the entry that gave the resource this name
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    added TEXT NOT NULL,
    removed TEXT NOT NULL,
    password INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_realm ON journal (realm);
CREATE INDEX journal_resource ON journal (realm, id);
CREATE INDEX journal_name ON journal (realm, type, name_key) WHERE name_key IS NOT NULL;
CREATE INDEX journal_request ON journal (realm, request_id);
CREATE INDEX journal_time ON journal (realm, time);
