-- What holds is found by not being lifted.
CREATE INDEX processing_restrictions_lifted_at_idx ON processing_restrictions (account_id, lifted_at, id);

-- Whose data is kept and not used (Art. 18 and 21 GDPR), for the platform's own programs: whom no segment, count or figure
-- made by them may hold.
--
--     SELECT s.* FROM subscribers AS s WHERE s.account_id = ?1 AND NOT EXISTS (
--         SELECT 1 FROM restricted_subscribers AS r WHERE r.account_id = s.account_id AND r.subscriber_id = s.id)
--
-- Whatever the kind and the purpose of a restriction: it stands until it ends or is lifted. Those count, too, that have not
-- begun (`starts_at`) or have ended (`ends_at`, microseconds since 1970), unless they are left out.
CREATE VIEW restricted_subscribers AS
    SELECT account_id, subscriber_id, kind, starts_at, ends_at FROM processing_restrictions
    WHERE subscriber_id IS NOT NULL AND lifted_at IS NULL;

-- As before, and of people whose data is not used, so that nobody mails them.
DROP VIEW is_suppressed;
CREATE VIEW is_suppressed AS
    SELECT account_id, email_normalized, NULL AS token, expires_at FROM suppression_entries
    UNION ALL
    SELECT account_id, NULL, token, expires_at FROM suppression_tokens WHERE lifted_at IS NULL
    UNION ALL
    SELECT s.account_id, s.email_normalized, NULL, r.ends_at
    FROM subscribers AS s
    JOIN processing_restrictions AS r ON r.account_id = s.account_id AND r.subscriber_id = s.id
    WHERE r.lifted_at IS NULL;
