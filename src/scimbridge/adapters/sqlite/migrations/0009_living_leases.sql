-- Whose a lease is, as sqlite/presence.py knows who lives, so that what a killed process held is free at once; '' = it is
-- not known, and the lease runs out.

ALTER TABLE source ADD COLUMN presence TEXT NOT NULL DEFAULT '';

ALTER TABLE push_standing RENAME TO former_standing;
CREATE TABLE push_standing (
    application TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL DEFAULT 0,
    quarantined TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    strikes INTEGER NOT NULL DEFAULT 0,
    compared TEXT NOT NULL DEFAULT '',
    imported TEXT NOT NULL DEFAULT '',
    holder TEXT NOT NULL DEFAULT '', -- who has the lease, '' = nobody
    until TEXT NOT NULL DEFAULT '',
    presence TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO push_standing SELECT *, '' FROM former_standing;
DROP TABLE former_standing;
