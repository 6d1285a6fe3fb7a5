-- Events for one person, as many as nobody has: copies of one open and one click. Told apart by their ids alone, and counted
-- by nothing, since what is measured is how they go. $PERSON and $EVENTS are put in.
SET session_replication_role = replica;
CREATE TEMP TABLE one_open AS
    SELECT * FROM opens WHERE subscriber_id = '$PERSON' ORDER BY id LIMIT 1;
CREATE TEMP TABLE one_click AS
    SELECT * FROM clicks WHERE subscriber_id = '$PERSON' ORDER BY id LIMIT 1;
INSERT INTO opens
    (account_id, id, delivery_id, campaign_id, subscriber_id, opened_at, ip_address, user_agent, country, region, city,
     browser, operating_system, device, kind)
SELECT account_id, gen_random_uuid(), delivery_id, campaign_id, subscriber_id, opened_at + number * interval '1 second',
       ip_address, user_agent, country, region, city, browser, operating_system, device, kind
FROM one_open, generate_series(1, $EVENTS * 6 / 10) AS number;
INSERT INTO clicks
    (account_id, id, delivery_id, campaign_id, link_id, subscriber_id, clicked_at, ip_address, user_agent, referer, country,
     region, city, browser, operating_system, device, kind)
SELECT account_id, gen_random_uuid(), delivery_id, campaign_id, link_id, subscriber_id,
       clicked_at + number * interval '1 second', ip_address, user_agent, referer, country, region, city, browser,
       operating_system, device, kind
FROM one_click, generate_series(1, $EVENTS * 4 / 10) AS number;
DROP TABLE one_open, one_click;
SET session_replication_role = DEFAULT;
