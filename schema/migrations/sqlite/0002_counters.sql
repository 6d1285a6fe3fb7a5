-- Counters are kept by the database, whoever writes (ruling 6).
--
-- Lists follow their profiles. Campaigns, links and deliveries only rise: an insert counts, a delete does not,
-- so that totals survive an erasure. "Unique" counts a delivery once, however often it is opened or clicked.
-- INSERT OR REPLACE fires no trigger for the row it replaces; use ON CONFLICT … DO UPDATE.

-- Lists ---------------------------------------------------------------------------------------------------

-- A new list has no profiles yet, whatever its writer says.
CREATE TRIGGER lists_start_at_zero AFTER INSERT ON lists
WHEN NEW.profile_count <> 0 OR NEW.subscribed_count <> 0 OR NEW.unsubscribed_count <> 0 OR NEW.cleaned_count <> 0
BEGIN
    UPDATE lists SET profile_count = 0, subscribed_count = 0, unsubscribed_count = 0, cleaned_count = 0
    WHERE account_id = NEW.account_id AND id = NEW.id;
END;

CREATE TRIGGER subscriber_profiles_count_inserted AFTER INSERT ON subscriber_profiles
BEGIN
    UPDATE lists
    SET profile_count = profile_count + 1,
        subscribed_count = subscribed_count + (NEW.status = 'subscribed'),
        unsubscribed_count = unsubscribed_count + (NEW.status = 'unsubscribed'),
        cleaned_count = cleaned_count + (NEW.status = 'cleaned')
    WHERE account_id = NEW.account_id AND id = NEW.list_id;
END;

CREATE TRIGGER subscriber_profiles_count_deleted AFTER DELETE ON subscriber_profiles
BEGIN
    UPDATE lists
    SET profile_count = profile_count - 1,
        subscribed_count = subscribed_count - (OLD.status = 'subscribed'),
        unsubscribed_count = unsubscribed_count - (OLD.status = 'unsubscribed'),
        cleaned_count = cleaned_count - (OLD.status = 'cleaned')
    WHERE account_id = OLD.account_id AND id = OLD.list_id;
END;

-- Status and list may both change. What changes neither writes no list.
CREATE TRIGGER subscriber_profiles_count_updated AFTER UPDATE OF account_id, list_id, status ON subscriber_profiles
WHEN OLD.status <> NEW.status OR OLD.list_id <> NEW.list_id OR OLD.account_id <> NEW.account_id
BEGIN
    UPDATE lists
    SET profile_count = profile_count - 1,
        subscribed_count = subscribed_count - (OLD.status = 'subscribed'),
        unsubscribed_count = unsubscribed_count - (OLD.status = 'unsubscribed'),
        cleaned_count = cleaned_count - (OLD.status = 'cleaned')
    WHERE account_id = OLD.account_id AND id = OLD.list_id;
    UPDATE lists
    SET profile_count = profile_count + 1,
        subscribed_count = subscribed_count + (NEW.status = 'subscribed'),
        unsubscribed_count = unsubscribed_count + (NEW.status = 'unsubscribed'),
        cleaned_count = cleaned_count + (NEW.status = 'cleaned')
    WHERE account_id = NEW.account_id AND id = NEW.list_id;
END;

-- Campaigns, links, deliveries ----------------------------------------------------------------------------

CREATE TRIGGER deliveries_count AFTER INSERT ON deliveries
BEGIN
    UPDATE campaigns SET delivery_count = delivery_count + 1
    WHERE account_id = NEW.account_id AND id = NEW.campaign_id;
END;

-- What opens and clicks count for stands in 0005_roll_ups.sql, all of it in one trigger for each: SQLite promises no
-- order among triggers, and whether an open is the first of its delivery is known until the delivery is raised.

CREATE TRIGGER bounces_count AFTER INSERT ON bounces WHEN NEW.campaign_id IS NOT NULL
BEGIN
    UPDATE campaigns SET bounce_count = bounce_count + 1
    WHERE account_id = NEW.account_id AND id = NEW.campaign_id;
END;

CREATE TRIGGER complaints_count AFTER INSERT ON complaints WHEN NEW.campaign_id IS NOT NULL
BEGIN
    UPDATE campaigns SET complaint_count = complaint_count + 1
    WHERE account_id = NEW.account_id AND id = NEW.campaign_id;
END;

CREATE TRIGGER unsubscribes_count AFTER INSERT ON unsubscribes WHEN NEW.campaign_id IS NOT NULL
BEGIN
    UPDATE campaigns SET unsubscribe_count = unsubscribe_count + 1
    WHERE account_id = NEW.account_id AND id = NEW.campaign_id;
END;
