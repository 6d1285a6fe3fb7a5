-- How fast an export gets on and how long it will take, told by its worker; how many rows there will be is unknown until
-- they are counted.
ALTER TABLE exports ADD COLUMN rows_per_second INTEGER;
ALTER TABLE exports ADD COLUMN seconds_left INTEGER;
ALTER TABLE exports ADD COLUMN rows_expected_or_unknown INTEGER;
UPDATE exports SET rows_expected_or_unknown = rows_expected WHERE rows_expected > 0;
ALTER TABLE exports DROP COLUMN rows_expected;
ALTER TABLE exports RENAME COLUMN rows_expected_or_unknown TO rows_expected;
