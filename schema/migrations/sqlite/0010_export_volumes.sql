-- The files of a bundle that has several.
ALTER TABLE exports ADD COLUMN volumes TEXT CHECK (json_valid(volumes));
