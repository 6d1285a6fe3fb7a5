-- Whose data was given away, as of the day it was: an erasure takes the person off the row, and what is left must not look as if
-- it had been about people in general, whom the recipient would be told of. Noted whoever writes.
ALTER TABLE disclosures ADD COLUMN about text COLLATE "C" CHECK (about IN ('person', 'people'));

-- So far an erased person's row was known by this: cut to the day, and without its id at the source.
UPDATE disclosures SET about = CASE
    WHEN subscriber_id IS NOT NULL THEN 'person'
    WHEN external_id IS NULL AND date_trunc('day', disclosed_at AT TIME ZONE 'UTC') = disclosed_at AT TIME ZONE 'UTC' THEN 'person'
    ELSE 'people'
END;

CREATE FUNCTION postern.note_disclosure_subject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.about := CASE WHEN NEW.subscriber_id IS NULL THEN 'people' ELSE 'person' END;
    RETURN NEW;
END $$;

-- Whoever writes what was noted before, as from a bundle, says so.
CREATE TRIGGER disclosures_note_subject BEFORE INSERT ON disclosures
    FOR EACH ROW WHEN (NEW.about IS NULL) EXECUTE FUNCTION postern.note_disclosure_subject();
CREATE TRIGGER disclosures_note_person BEFORE UPDATE OF subscriber_id ON disclosures
    FOR EACH ROW WHEN (NEW.subscriber_id IS NOT NULL) EXECUTE FUNCTION postern.note_disclosure_subject();
