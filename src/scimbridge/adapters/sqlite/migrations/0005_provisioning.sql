-- Applications of a realm, and per application what was pushed to its target and what is still to be.

CREATE TABLE application (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL REFERENCES realm ON DELETE CASCADE,
    name TEXT NOT NULL,
    syncs INTEGER NOT NULL,    -- whether passwords that are set here are to follow
    settings TEXT NOT NULL,    -- JSON, as in provisioning.settings
    UNIQUE (realm, name)
) STRICT, WITHOUT ROWID;

-- Never emptied: what a push under way wrote after the deletion goes with the next one.
CREATE TABLE deleted_application (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TRIGGER application_deleted AFTER DELETE ON application BEGIN
    INSERT INTO deleted_application VALUES (old.id);
    DELETE FROM sealed WHERE realm = old.realm AND purpose = 'application:' || old.id;
END;

CREATE TABLE assignment (
    seq INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    priority INTEGER NOT NULL,
    overrides TEXT NOT NULL,   -- JSON
    digest TEXT NOT NULL,
    UNIQUE (application, type, id)
) STRICT;

CREATE TABLE push_group (
    seq INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    name TEXT NOT NULL,
    group_id TEXT NOT NULL,    -- '' for a rule
    attribute TEXT NOT NULL,
    operator TEXT NOT NULL,
    value TEXT NOT NULL,
    value_key TEXT NOT NULL,   -- the same, case-folded
    link_to TEXT NOT NULL,
    rename INTEGER NOT NULL,
    active INTEGER NOT NULL,
    UNIQUE (application, name)
) STRICT;

CREATE TABLE pushed_link (
    seq INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    assignment TEXT NOT NULL,
    digest TEXT NOT NULL,
    confirmed TEXT NOT NULL,
    dropped TEXT NOT NULL,     -- JSON
    pushed TEXT NOT NULL,
    UNIQUE (application, type, source),
    UNIQUE (application, type, target)
) STRICT;
-- To count by: the rows themselves are wide.
CREATE INDEX pushed_link_active ON pushed_link (application, type) WHERE state = 'active';

CREATE TABLE pushed_member (
    application TEXT NOT NULL,
    group_source TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,      -- as which it was pushed: its link may have gone, or lead elsewhere by now
    PRIMARY KEY (application, group_source, source)
) STRICT, WITHOUT ROWID;

-- The order of seq is the order of waiting.
CREATE TABLE push_work (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    application TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    phase INTEGER NOT NULL,
    due TEXT NOT NULL,
    run TEXT NOT NULL,
    why TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL,       -- waiting, failed
    reason TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    UNIQUE (application, source, type, kind)
) STRICT;
CREATE INDEX push_work_waiting ON push_work (application, phase) WHERE state = 'waiting';

CREATE TABLE push_journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    application TEXT NOT NULL,
    time TEXT NOT NULL,
    run TEXT NOT NULL,
    action TEXT NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    before TEXT NOT NULL,      -- JSON
    after TEXT NOT NULL,       -- JSON
    why TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    finished TEXT NOT NULL,
    password INTEGER NOT NULL
) STRICT;
CREATE INDEX push_journal_application ON push_journal (application);
CREATE INDEX push_journal_source ON push_journal (application, source);
CREATE INDEX push_journal_run ON push_journal (application, run) WHERE run <> '';

CREATE TABLE push_standing (
    application TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL,
    quarantined TEXT NOT NULL,
    reason TEXT NOT NULL,
    strikes INTEGER NOT NULL,
    compared TEXT NOT NULL,
    imported TEXT NOT NULL,
    holder TEXT NOT NULL,      -- who has the lease, '' = nobody
    until TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Passwords that were set here and are still to be sent to applications.
CREATE TABLE waiting_password (
    seq INTEGER PRIMARY KEY REFERENCES resource ON DELETE CASCADE,
    realm TEXT NOT NULL,
    sequence INTEGER NOT NULL, -- of the journal's line that tells of it
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX waiting_password_sequence ON waiting_password (realm, sequence);
