-- Lines of applications' journals whose outcome is not recorded: few, and asked for with every outcome.

CREATE INDEX push_journal_open ON push_journal (application, source) WHERE outcome = '';
