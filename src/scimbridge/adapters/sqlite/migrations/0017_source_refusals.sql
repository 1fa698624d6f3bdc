-- What the last import of a source could not import, in its order.

CREATE TABLE source_refusal (
    source TEXT NOT NULL REFERENCES source ON DELETE CASCADE,
    number INTEGER NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    key TEXT NOT NULL,         -- what the source tells it by, '' = nobody knows
    PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;
