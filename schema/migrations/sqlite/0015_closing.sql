-- When an account was closed, and what its status is again if it is reopened. An erasure with the time of a closing is that
-- of the whole account; what it keeps has an end.
ALTER TABLE accounts ADD COLUMN status_when_closed TEXT CHECK (status_when_closed IN ('pending_confirm', 'pending_approval', 'active', 'inactive', 'suspended', 'disabled', 'pending_delete', 'deleted'));
ALTER TABLE accounts ADD COLUMN closed_at INTEGER;
ALTER TABLE erasures ADD COLUMN account_closed_at INTEGER;
ALTER TABLE erasures ADD COLUMN kept_until INTEGER;
