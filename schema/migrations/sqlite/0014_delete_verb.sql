-- Deleting single rows is a right of its own, apart from writing and from erasing people.
--
-- SQLite cannot change a CHECK, so the table is made anew. What refers to it is put aside meanwhile: dropping a table
-- deletes its rows, which nothing may refer to then. The triggers that raise the number of the rights go with the table
-- and are made again; they are missing while rows are copied, and whoever migrates serves nobody.

CREATE TEMP TABLE kept_grant_lists AS SELECT * FROM grant_lists;
DELETE FROM grant_lists;

CREATE TABLE new_grants (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    group_id            BLOB NOT NULL CHECK (length(group_id) = 16),
    resource            TEXT NOT NULL,
    verb                TEXT NOT NULL CHECK (verb IN ('read', 'read_clear', 'write', 'export', 'delete', 'erase', 'manage')),
    all_lists           INTEGER NOT NULL CHECK (all_lists IN (0, 1)),
    max_rows            INTEGER,
    max_bundles_per_day INTEGER,
    expires_at          INTEGER,
    created_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT grants_group_id_resource_verb_key UNIQUE (account_id, group_id, resource, verb),
    CONSTRAINT grants_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT grants_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION
) STRICT;

INSERT INTO new_grants
    (account_id, id, group_id, resource, verb, all_lists, max_rows, max_bundles_per_day, expires_at, created_at)
SELECT account_id, id, group_id, resource, verb, all_lists, max_rows, max_bundles_per_day, expires_at, created_at
FROM grants;
DROP TABLE grants;
ALTER TABLE new_grants RENAME TO grants;
CREATE INDEX grants_group_id_idx ON grants (account_id, group_id, id);

INSERT INTO grant_lists (account_id, id, grant_id, list_id)
SELECT account_id, id, grant_id, list_id FROM kept_grant_lists;
DROP TABLE kept_grant_lists;

CREATE TRIGGER grants_raise_access_version_inserted AFTER INSERT ON grants
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER grants_raise_access_version_updated AFTER UPDATE ON grants
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER grants_raise_access_version_deleted AFTER DELETE ON grants
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;
