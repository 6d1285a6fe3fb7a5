-- The files of a bundle that has several.
ALTER TABLE exports ADD COLUMN volumes jsonb;
