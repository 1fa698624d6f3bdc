-- Long work that somebody has asked a server for, and what became of it.

CREATE TABLE job (
    sequence INTEGER PRIMARY KEY,
    realm TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,     -- as the URL below the realm has it, '' = the realm itself
    actor TEXT NOT NULL,
    started TEXT NOT NULL,
    state TEXT NOT NULL,       -- running, done, failed
    finished TEXT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    result TEXT NOT NULL,      -- JSON
    reason TEXT NOT NULL,
    holder TEXT NOT NULL       -- the process that does it (sqlite/presence.py)
) STRICT;
CREATE INDEX job_realm ON job (realm, sequence);
