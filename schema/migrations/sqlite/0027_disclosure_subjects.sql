-- Whose data was given away, as of the day it was: an erasure takes the person off the row, and what is left must not look as if
-- it had been about people in general, whom the recipient would be told of. Noted whoever writes.
ALTER TABLE disclosures ADD COLUMN about TEXT CHECK (about IN ('person', 'people'));

-- So far an erased person's row was known by this: cut to the day, and without its id at the source.
UPDATE disclosures SET about = CASE
    WHEN subscriber_id IS NOT NULL THEN 'person'
    WHEN external_id IS NULL AND disclosed_at % 86400000000 = 0 THEN 'person'
    ELSE 'people'
END;

-- Whoever writes what was noted before, as from a bundle, says so.
CREATE TRIGGER disclosures_note_subject AFTER INSERT ON disclosures WHEN NEW.about IS NULL
BEGIN
    UPDATE disclosures SET about = CASE WHEN NEW.subscriber_id IS NULL THEN 'people' ELSE 'person' END
    WHERE account_id = NEW.account_id AND id = NEW.id;
END;

CREATE TRIGGER disclosures_note_person AFTER UPDATE OF subscriber_id ON disclosures
WHEN NEW.subscriber_id IS NOT NULL AND NEW.about IS NOT 'person'
BEGIN
    UPDATE disclosures SET about = 'person' WHERE account_id = NEW.account_id AND id = NEW.id;
END;
