-- Whoever changes what somebody's rights are made of raises one number, in the same transaction. A gateway that has
-- looked up rights keeps them while that number is the same, and asks so in every statement that reads by them: a
-- change of rights takes effect on the next statement, in every gateway, and costs those who read nothing.
--
-- A time at which a right ends by itself is known beforehand and raises nothing; neither does what the platform
-- notes at each sign-in or use of a key.

CREATE FUNCTION postern.raise_access_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE postern.installations SET access_version = access_version + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER users_raise_access_version AFTER UPDATE OF status, identity_issuer, identity_subject OR DELETE OR TRUNCATE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();

CREATE TRIGGER accounts_raise_access_version AFTER UPDATE OF name, is_platform, status OR DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();

CREATE TRIGGER user_groups_raise_access_version AFTER UPDATE OF account_id, name, built_in OR DELETE OR TRUNCATE ON user_groups
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();

CREATE TRIGGER group_members_raise_access_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON group_members
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();

CREATE TRIGGER grants_raise_access_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grants
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();

CREATE TRIGGER grant_lists_raise_access_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grant_lists
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();

CREATE TRIGGER api_keys_raise_access_version AFTER UPDATE OF account_id, group_id, prefix, key_hash, expires_at, revoked_at OR DELETE OR TRUNCATE ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION postern.raise_access_version();
