-- Whose turn it is to be exported: what waits or runs in all accounts, and when an account was served last.
CREATE INDEX exports_started_at_idx ON exports (account_id, started_at, id);
CREATE INDEX exports_state_everywhere_idx ON exports (state, account_id, id);
