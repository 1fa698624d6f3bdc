-- Several processes on one file: whose an intent is, and which of them tends a realm (sqlite/presence.py).

ALTER TABLE intent ADD COLUMN holder TEXT NOT NULL DEFAULT '';

CREATE TABLE tending (
    realm TEXT PRIMARY KEY,
    holder TEXT NOT NULL
) STRICT, WITHOUT ROWID;
