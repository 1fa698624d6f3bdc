-- An intent is numbered by the clock: AUTOINCREMENT keeps the last number in a table of its own, one more page for each
-- write through to be made durable.

CREATE TABLE numbered_intent (
    sequence INTEGER PRIMARY KEY,  -- microseconds since 1970, or one more than the greatest there
    realm TEXT NOT NULL,
    time TEXT NOT NULL,
    operation TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,        -- JSON
    joined TEXT NOT NULL,
    left_ TEXT NOT NULL,
    target TEXT NOT NULL,
    holder TEXT NOT NULL
) STRICT;

INSERT INTO numbered_intent
SELECT sequence, realm, time, operation, type, id, name, document, joined, left_, target, holder FROM intent;

DROP TABLE intent;

ALTER TABLE numbered_intent RENAME TO intent;
