-- Deleting single rows is a right of its own, apart from writing and from erasing people.
ALTER TABLE grants DROP CONSTRAINT grants_verb_check;
ALTER TABLE grants ADD CONSTRAINT grants_verb_check
    CHECK (verb IN ('read', 'read_clear', 'write', 'export', 'delete', 'erase', 'manage'));
