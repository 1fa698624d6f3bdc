-- Why the last import on schedule came to nothing, and what to do about it; '' = it did not.

ALTER TABLE source ADD COLUMN failure TEXT NOT NULL DEFAULT '';
ALTER TABLE push_standing ADD COLUMN import_failure TEXT NOT NULL DEFAULT '';
