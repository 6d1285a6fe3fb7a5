-- Whoever changes what somebody's rights are made of raises one number, in the same transaction. A gateway that has
-- looked up rights keeps them while that number is the same, and asks so in every statement that reads by them: a
-- change of rights takes effect on the next statement, in every gateway, and costs those who read nothing.
--
-- A time at which a right ends by itself is known beforehand and raises nothing; neither does what the platform
-- notes at each sign-in or use of a key.

CREATE TRIGGER users_raise_access_version_updated AFTER UPDATE OF status, identity_issuer, identity_subject ON users
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER users_raise_access_version_deleted AFTER DELETE ON users
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER accounts_raise_access_version_updated AFTER UPDATE OF name, is_platform, status ON accounts
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER accounts_raise_access_version_deleted AFTER DELETE ON accounts
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER user_groups_raise_access_version_updated AFTER UPDATE OF account_id, name, built_in ON user_groups
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER user_groups_raise_access_version_deleted AFTER DELETE ON user_groups
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER group_members_raise_access_version_inserted AFTER INSERT ON group_members
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER group_members_raise_access_version_updated AFTER UPDATE ON group_members
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER group_members_raise_access_version_deleted AFTER DELETE ON group_members
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

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

CREATE TRIGGER grant_lists_raise_access_version_inserted AFTER INSERT ON grant_lists
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER grant_lists_raise_access_version_updated AFTER UPDATE ON grant_lists
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER grant_lists_raise_access_version_deleted AFTER DELETE ON grant_lists
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER api_keys_raise_access_version_updated AFTER UPDATE OF account_id, group_id, prefix, key_hash, expires_at, revoked_at ON api_keys
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;

CREATE TRIGGER api_keys_raise_access_version_deleted AFTER DELETE ON api_keys
BEGIN
    UPDATE installations SET access_version = access_version + 1;
END;
