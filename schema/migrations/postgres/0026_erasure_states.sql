-- Erasures that wait for a worker, or for those who were given data, are looked for in all accounts each minute.
CREATE INDEX erasures_state_everywhere_idx ON erasures (state, account_id, id);
