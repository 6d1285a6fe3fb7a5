-- How fast an export gets on and how long it will take, told by its worker; how many rows there will be is unknown until
-- they are counted.
ALTER TABLE exports ADD COLUMN rows_per_second bigint;
ALTER TABLE exports ADD COLUMN seconds_left bigint;
ALTER TABLE exports ALTER COLUMN rows_expected DROP NOT NULL;
