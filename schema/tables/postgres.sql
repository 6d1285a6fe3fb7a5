-- Every table as the entities say it, by `postern schema draft`.

CREATE TABLE accounts (
    id             uuid NOT NULL,
    name           text COLLATE "C" NOT NULL,
    company_name   text COLLATE "C",
    first_name     text COLLATE "C",
    last_name      text COLLATE "C",
    email          text COLLATE "C" NOT NULL,
    phone          text COLLATE "C",
    address_line_1 text COLLATE "C",
    address_line_2 text COLLATE "C",
    city           text COLLATE "C",
    zone           text COLLATE "C",
    postal_code    text COLLATE "C",
    country        text COLLATE "C",
    vat_number     text COLLATE "C",
    website        text COLLATE "C",
    timezone       text COLLATE "C" NOT NULL,
    locale         text COLLATE "C" NOT NULL,
    is_platform    boolean NOT NULL,
    status         text COLLATE "C" NOT NULL CHECK (status IN ('pending_confirm', 'pending_approval', 'active', 'inactive', 'suspended', 'disabled', 'pending_delete', 'deleted')),
    source         text COLLATE "C",
    external_id    text COLLATE "C",
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT accounts_name_key UNIQUE (name),
    CONSTRAINT accounts_source_external_id_key UNIQUE (source, external_id)
);

CREATE TABLE audit_events (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    actor_kind         text COLLATE "C" NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'operator', 'system')),
    actor_id           uuid,
    action             text COLLATE "C" NOT NULL,
    resource           text COLLATE "C",
    object_id          uuid,
    document_hash      text COLLATE "C",
    row_count          bigint NOT NULL DEFAULT 0,
    personal_row_count bigint NOT NULL DEFAULT 0,
    outcome            text COLLATE "C" NOT NULL CHECK (outcome IN ('allowed', 'refused', 'failed')),
    error_code         text COLLATE "C",
    request_id         uuid,
    happened_at        timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT audit_events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX audit_events_happened_at_idx ON audit_events (account_id, happened_at, id);
CREATE INDEX audit_events_actor_id_idx ON audit_events (account_id, actor_id, id);

CREATE TABLE audit_seals (
    id             uuid NOT NULL,
    number         bigint NOT NULL,
    first_event_id uuid NOT NULL,
    last_event_id  uuid NOT NULL,
    event_count    bigint NOT NULL DEFAULT 0,
    root           bytea NOT NULL,
    previous_root  bytea NOT NULL,
    sealed_at      timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT audit_seals_number_key UNIQUE (number)
);

CREATE TABLE delivery_servers (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    name               text COLLATE "C" NOT NULL,
    kind               text COLLATE "C" NOT NULL,
    hostname           text COLLATE "C" NOT NULL,
    port               bigint NOT NULL,
    protocol           text COLLATE "C" NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    username           text COLLATE "C",
    password           text COLLATE "C",
    api_key            text COLLATE "C",
    webhook_secret     text COLLATE "C",
    additional_headers jsonb,
    from_name          text COLLATE "C",
    from_email         text COLLATE "C",
    reply_to           text COLLATE "C",
    use_for            text COLLATE "C" NOT NULL CHECK (use_for IN ('all', 'campaigns', 'transactional')),
    hourly_quota       bigint,
    status             text COLLATE "C" NOT NULL CHECK (status IN ('inactive', 'active', 'in_use', 'disabled', 'hidden', 'pending_delete')),
    secrets_changed_at timestamptz,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT delivery_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT delivery_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX delivery_servers_name_idx ON delivery_servers (account_id, name, id);

CREATE TABLE installations (
    id                   uuid NOT NULL,
    key_ring_fingerprint text COLLATE "C" NOT NULL,
    is_demo              boolean NOT NULL,
    generation           bigint NOT NULL,
    access_version       bigint NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE invoices (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    number         text COLLATE "C" NOT NULL,
    status         text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'due', 'paid', 'failed', 'refunded', 'void')),
    currency       text COLLATE "C" NOT NULL,
    subtotal_minor bigint NOT NULL,
    tax_minor      bigint NOT NULL,
    total_minor    bigint NOT NULL,
    billed_name    text COLLATE "C",
    billed_address text COLLATE "C",
    vat_number     text COLLATE "C",
    portal_url     text COLLATE "C",
    note           text COLLATE "C",
    issued_at      timestamptz NOT NULL,
    due_at         timestamptz,
    source         text COLLATE "C",
    external_id    text COLLATE "C",
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT invoices_number_key UNIQUE (account_id, number),
    CONSTRAINT invoices_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT invoices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX invoices_issued_at_idx ON invoices (account_id, issued_at, id);

CREATE TABLE lists (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    name               text COLLATE "C" NOT NULL,
    display_name       text COLLATE "C",
    description        text COLLATE "C",
    visibility         text COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'private')),
    opt_in             text COLLATE "C" NOT NULL CHECK (opt_in IN ('single', 'double')),
    default_from_name  text COLLATE "C",
    default_from_email text COLLATE "C",
    default_reply_to   text COLLATE "C",
    status             text COLLATE "C" NOT NULL CHECK (status IN ('active', 'archived', 'pending_delete')),
    profile_count      bigint NOT NULL DEFAULT 0,
    subscribed_count   bigint NOT NULL DEFAULT 0,
    unsubscribed_count bigint NOT NULL DEFAULT 0,
    cleaned_count      bigint NOT NULL DEFAULT 0,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT lists_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT lists_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX lists_name_idx ON lists (account_id, name, id);
CREATE INDEX lists_created_at_idx ON lists (account_id, created_at, id);

CREATE TABLE campaigns (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    list_id            uuid,
    list_name          text COLLATE "C",
    name               text COLLATE "C" NOT NULL,
    subject            text COLLATE "C" NOT NULL,
    preheader          text COLLATE "C",
    from_name          text COLLATE "C",
    from_email         text COLLATE "C",
    reply_to           text COLLATE "C",
    kind               text COLLATE "C" NOT NULL CHECK (kind IN ('regular', 'autoresponder', 'opt_in', 'rss', 'triggered', 'ab_test')),
    html_body          text COLLATE "C",
    plain_body         text COLLATE "C",
    send_at            timestamptz,
    started_at         timestamptz,
    finished_at        timestamptz,
    status             text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'pending_approval', 'scheduled', 'processing', 'sending', 'paused', 'sent', 'cancelled', 'blocked', 'pending_delete')),
    delivery_count     bigint NOT NULL DEFAULT 0,
    open_count         bigint NOT NULL DEFAULT 0,
    unique_open_count  bigint NOT NULL DEFAULT 0,
    click_count        bigint NOT NULL DEFAULT 0,
    unique_click_count bigint NOT NULL DEFAULT 0,
    bounce_count       bigint NOT NULL DEFAULT 0,
    unsubscribe_count  bigint NOT NULL DEFAULT 0,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaigns_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaigns_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX campaigns_list_id_idx ON campaigns (account_id, list_id, id);
CREATE INDEX campaigns_list_id_created_at_idx ON campaigns (account_id, list_id, created_at, id);
CREATE INDEX campaigns_created_at_idx ON campaigns (account_id, created_at, id);
CREATE INDEX campaigns_send_at_idx ON campaigns (account_id, send_at, id);

CREATE TABLE campaign_links (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    campaign_id        uuid NOT NULL,
    url                text COLLATE "C" NOT NULL,
    click_count        bigint NOT NULL DEFAULT 0,
    unique_click_count bigint NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_links_campaign_id_url_key UNIQUE (account_id, campaign_id, url),
    CONSTRAINT campaign_links_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaign_links_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX campaign_links_campaign_id_idx ON campaign_links (account_id, campaign_id, id);

CREATE TABLE list_fields (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    list_id             uuid NOT NULL,
    tag                 text COLLATE "C" NOT NULL,
    label               text COLLATE "C" NOT NULL,
    help_text           text COLLATE "C",
    kind                text COLLATE "C" NOT NULL CHECK (kind IN ('text', 'textarea', 'email', 'url', 'phone', 'number', 'date', 'datetime', 'boolean', 'choice', 'multiple_choice', 'country', 'state', 'city', 'rating', 'consent', 'address', 'birthday', 'postal_code')),
    is_required         boolean NOT NULL,
    default_value       text COLLATE "C",
    sort_order          bigint NOT NULL,
    options             jsonb,
    personal_data_class text COLLATE "C" CHECK (personal_data_class IN ('none', 'contact', 'identity', 'location', 'behaviour', 'preference', 'special')),
    source              text COLLATE "C",
    external_id         text COLLATE "C",
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT list_fields_list_id_tag_key UNIQUE (account_id, list_id, tag),
    CONSTRAINT list_fields_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT list_fields_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT list_fields_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);

CREATE TABLE messages (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    title       text COLLATE "C" NOT NULL,
    body        text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL CHECK (status IN ('unseen', 'seen')),
    read_at     timestamptz,
    source      text COLLATE "C",
    external_id text COLLATE "C",
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT messages_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX messages_created_at_idx ON messages (account_id, created_at, id);

CREATE TABLE subscribers (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    email            text COLLATE "C" NOT NULL,
    email_normalized text COLLATE "C" NOT NULL,
    status           text COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled', 'blocklisted')),
    first_name       text COLLATE "C",
    last_name        text COLLATE "C",
    phone            text COLLATE "C",
    language         text COLLATE "C",
    timezone         text COLLATE "C",
    country          text COLLATE "C",
    city             text COLLATE "C",
    last_active_at   timestamptz,
    source           text COLLATE "C",
    external_id      text COLLATE "C",
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT subscribers_email_normalized_key UNIQUE (account_id, email_normalized),
    CONSTRAINT subscribers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT subscribers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX subscribers_created_at_idx ON subscribers (account_id, created_at, id);
CREATE INDEX subscribers_last_active_at_idx ON subscribers (account_id, last_active_at, id);
CREATE INDEX subscribers_status_idx ON subscribers (account_id, status, id);

CREATE TABLE consents (
    account_id    uuid NOT NULL,
    id            uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    list_id       uuid,
    purpose       text COLLATE "C" NOT NULL,
    preference    text COLLATE "C" NOT NULL CHECK (preference IN ('opt_in', 'opt_out', 'acknowledge')),
    mechanism     text COLLATE "C" NOT NULL CHECK (mechanism IN ('opt_in', 'opt_out', 'notice_only')),
    legal_basis   text COLLATE "C" NOT NULL CHECK (legal_basis IN ('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'vital_interest', 'public_task')),
    text_version  text COLLATE "C",
    statement     text COLLATE "C",
    given_at      timestamptz NOT NULL,
    ip_address    text COLLATE "C",
    user_agent    text COLLATE "C",
    withdrawn_at  timestamptz,
    source        text COLLATE "C",
    external_id   text COLLATE "C",
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT consents_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT consents_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT consents_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT consents_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX consents_subscriber_id_given_at_idx ON consents (account_id, subscriber_id, given_at, id);
CREATE INDEX consents_list_id_idx ON consents (account_id, list_id, id);

CREATE TABLE deliveries (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    campaign_id     uuid NOT NULL,
    subscriber_id   uuid,
    server_id       uuid,
    recipient_email text COLLATE "C",
    subject         text COLLATE "C",
    message_id      text COLLATE "C",
    smtp_response   text COLLATE "C",
    status          text COLLATE "C" NOT NULL CHECK (status IN ('success', 'error', 'fatal_error', 'temporary_error', 'blocked', 'suppressed', 'given_up')),
    retries         bigint NOT NULL,
    open_count      bigint NOT NULL DEFAULT 0,
    click_count     bigint NOT NULL DEFAULT 0,
    sent_at         timestamptz NOT NULL,
    source          text COLLATE "C",
    external_id     text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT deliveries_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT deliveries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT deliveries_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT deliveries_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT deliveries_server_id_fkey FOREIGN KEY (account_id, server_id) REFERENCES delivery_servers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX deliveries_campaign_id_sent_at_idx ON deliveries (account_id, campaign_id, sent_at, id);
CREATE INDEX deliveries_subscriber_id_sent_at_idx ON deliveries (account_id, subscriber_id, sent_at, id);
CREATE INDEX deliveries_server_id_idx ON deliveries (account_id, server_id, id);

CREATE TABLE bounces (
    account_id    uuid NOT NULL,
    id            uuid NOT NULL,
    delivery_id   uuid,
    campaign_id   uuid,
    subscriber_id uuid,
    kind          text COLLATE "C" NOT NULL CHECK (kind IN ('hard', 'soft', 'internal')),
    code          text COLLATE "C",
    diagnostic    text COLLATE "C",
    raw           bytea,
    reported_by   text COLLATE "C",
    bounced_at    timestamptz NOT NULL,
    source        text COLLATE "C",
    external_id   text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT bounces_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT bounces_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT bounces_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX bounces_delivery_id_idx ON bounces (account_id, delivery_id, id);
CREATE INDEX bounces_campaign_id_bounced_at_idx ON bounces (account_id, campaign_id, bounced_at, id);
CREATE INDEX bounces_subscriber_id_bounced_at_idx ON bounces (account_id, subscriber_id, bounced_at, id);

CREATE TABLE clicks (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    delivery_id      uuid,
    campaign_id      uuid NOT NULL,
    link_id          uuid NOT NULL,
    subscriber_id    uuid,
    clicked_at       timestamptz NOT NULL,
    ip_address       text COLLATE "C",
    user_agent       text COLLATE "C",
    referer          text COLLATE "C",
    country          text COLLATE "C",
    region           text COLLATE "C",
    city             text COLLATE "C",
    browser          text COLLATE "C",
    operating_system text COLLATE "C",
    device           text COLLATE "C" CHECK (device IN ('desktop', 'mobile', 'tablet', 'other')),
    kind             text COLLATE "C" NOT NULL CHECK (kind IN ('human', 'proxy', 'bot', 'unknown')),
    PRIMARY KEY (account_id, id),
    CONSTRAINT clicks_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT clicks_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT clicks_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT clicks_link_id_fkey FOREIGN KEY (account_id, link_id) REFERENCES campaign_links (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT clicks_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX clicks_delivery_id_idx ON clicks (account_id, delivery_id, id);
CREATE INDEX clicks_campaign_id_clicked_at_idx ON clicks (account_id, campaign_id, clicked_at, id);
CREATE INDEX clicks_link_id_clicked_at_idx ON clicks (account_id, link_id, clicked_at, id);
CREATE INDEX clicks_subscriber_id_clicked_at_idx ON clicks (account_id, subscriber_id, clicked_at, id);

CREATE TABLE opens (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    delivery_id      uuid,
    campaign_id      uuid NOT NULL,
    subscriber_id    uuid,
    opened_at        timestamptz NOT NULL,
    ip_address       text COLLATE "C",
    user_agent       text COLLATE "C",
    country          text COLLATE "C",
    region           text COLLATE "C",
    city             text COLLATE "C",
    browser          text COLLATE "C",
    operating_system text COLLATE "C",
    device           text COLLATE "C" CHECK (device IN ('desktop', 'mobile', 'tablet', 'other')),
    kind             text COLLATE "C" NOT NULL CHECK (kind IN ('human', 'proxy', 'bot', 'unknown')),
    PRIMARY KEY (account_id, id),
    CONSTRAINT opens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT opens_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT opens_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT opens_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX opens_delivery_id_idx ON opens (account_id, delivery_id, id);
CREATE INDEX opens_campaign_id_opened_at_idx ON opens (account_id, campaign_id, opened_at, id);
CREATE INDEX opens_subscriber_id_opened_at_idx ON opens (account_id, subscriber_id, opened_at, id);

CREATE TABLE subscriber_profiles (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    subscriber_id       uuid NOT NULL,
    list_id             uuid NOT NULL,
    status              text COLLATE "C" NOT NULL CHECK (status IN ('pending_confirm', 'pending_approval', 'subscribed', 'unsubscribed', 'cleaned', 'complained', 'disabled', 'moved', 'non_subscribed')),
    status_changed_at   timestamptz NOT NULL,
    ip_address          text COLLATE "C",
    opted_in_at         timestamptz,
    opt_in_ip           text COLLATE "C",
    opt_in_user_agent   text COLLATE "C",
    confirmed_at        timestamptz,
    confirm_ip          text COLLATE "C",
    confirm_user_agent  text COLLATE "C",
    opted_out_at        timestamptz,
    opt_out_ip          text COLLATE "C",
    opt_out_reason      text COLLATE "C",
    opt_out_campaign_id uuid,
    tags                jsonb,
    source              text COLLATE "C",
    external_id         text COLLATE "C",
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT subscriber_profiles_list_id_subscriber_id_key UNIQUE (account_id, list_id, subscriber_id),
    CONSTRAINT subscriber_profiles_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT subscriber_profiles_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT subscriber_profiles_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT subscriber_profiles_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT subscriber_profiles_opt_out_campaign_id_fkey FOREIGN KEY (account_id, opt_out_campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX subscriber_profiles_subscriber_id_idx ON subscriber_profiles (account_id, subscriber_id, id);
CREATE INDEX subscriber_profiles_list_id_idx ON subscriber_profiles (account_id, list_id, id);
CREATE INDEX subscriber_profiles_list_id_created_at_idx ON subscriber_profiles (account_id, list_id, created_at, id);
CREATE INDEX subscriber_profiles_list_id_status_idx ON subscriber_profiles (account_id, list_id, status, id);
CREATE INDEX subscriber_profiles_opt_out_campaign_id_idx ON subscriber_profiles (account_id, opt_out_campaign_id, id);

CREATE TABLE profile_values (
    account_id uuid NOT NULL,
    id         uuid NOT NULL,
    profile_id uuid NOT NULL,
    field_id   uuid NOT NULL,
    ordinal    bigint NOT NULL,
    value      text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT profile_values_profile_id_field_id_ordinal_key UNIQUE (account_id, profile_id, field_id, ordinal),
    CONSTRAINT profile_values_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT profile_values_profile_id_fkey FOREIGN KEY (account_id, profile_id) REFERENCES subscriber_profiles (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT profile_values_field_id_fkey FOREIGN KEY (account_id, field_id) REFERENCES list_fields (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX profile_values_profile_id_idx ON profile_values (account_id, profile_id, id);
CREATE INDEX profile_values_field_id_idx ON profile_values (account_id, field_id, id);

CREATE TABLE suppression_entries (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    email            text COLLATE "C" NOT NULL,
    email_normalized text COLLATE "C" NOT NULL,
    reason           text COLLATE "C" NOT NULL CHECK (reason IN ('unsubscribed', 'complaint', 'hard_bounce', 'invalid_email', 'manual')),
    comment          text COLLATE "C",
    expires_at       timestamptz,
    source           text COLLATE "C",
    external_id      text COLLATE "C",
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_entries_email_normalized_key UNIQUE (account_id, email_normalized),
    CONSTRAINT suppression_entries_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT suppression_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX suppression_entries_created_at_idx ON suppression_entries (account_id, created_at, id);

CREATE TABLE transactional_emails (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    subscriber_id       uuid,
    server_id           uuid,
    to_name             text COLLATE "C",
    to_email            text COLLATE "C" NOT NULL,
    to_email_normalized text COLLATE "C" NOT NULL,
    from_name           text COLLATE "C",
    from_email          text COLLATE "C",
    reply_to            text COLLATE "C",
    subject             text COLLATE "C" NOT NULL,
    html_body           text COLLATE "C",
    plain_body          text COLLATE "C",
    headers             jsonb,
    retries             bigint NOT NULL,
    status              text COLLATE "C" NOT NULL CHECK (status IN ('unrendered', 'ready', 'queued', 'sent', 'failed')),
    send_at             timestamptz,
    source              text COLLATE "C",
    external_id         text COLLATE "C",
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT transactional_emails_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT transactional_emails_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT transactional_emails_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transactional_emails_server_id_fkey FOREIGN KEY (account_id, server_id) REFERENCES delivery_servers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX transactional_emails_subscriber_id_idx ON transactional_emails (account_id, subscriber_id, id);
CREATE INDEX transactional_emails_server_id_idx ON transactional_emails (account_id, server_id, id);
CREATE INDEX transactional_emails_to_email_normalized_idx ON transactional_emails (account_id, to_email_normalized, id);
CREATE INDEX transactional_emails_created_at_idx ON transactional_emails (account_id, created_at, id);

CREATE TABLE unsubscribes (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    profile_id      uuid,
    subscriber_id   uuid,
    campaign_id     uuid,
    list_id         uuid,
    method          text COLLATE "C" NOT NULL CHECK (method IN ('link', 'one_click', 'mailto', 'monitor', 'api', 'admin', 'bounce', 'import')),
    reason          text COLLATE "C",
    note            text COLLATE "C",
    ip_address      text COLLATE "C",
    user_agent      text COLLATE "C",
    unsubscribed_at timestamptz NOT NULL,
    source          text COLLATE "C",
    external_id     text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT unsubscribes_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT unsubscribes_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_profile_id_fkey FOREIGN KEY (account_id, profile_id) REFERENCES subscriber_profiles (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX unsubscribes_profile_id_idx ON unsubscribes (account_id, profile_id, id);
CREATE INDEX unsubscribes_subscriber_id_unsubscribed_at_idx ON unsubscribes (account_id, subscriber_id, unsubscribed_at, id);
CREATE INDEX unsubscribes_campaign_id_unsubscribed_at_idx ON unsubscribes (account_id, campaign_id, unsubscribed_at, id);
CREATE INDEX unsubscribes_list_id_idx ON unsubscribes (account_id, list_id, id);

CREATE TABLE users (
    id                  uuid NOT NULL,
    email               text COLLATE "C" NOT NULL,
    email_normalized    text COLLATE "C" NOT NULL,
    name                text COLLATE "C",
    password_hash       text COLLATE "C",
    password_changed_at timestamptz,
    identity_issuer     text COLLATE "C",
    identity_subject    text COLLATE "C",
    timezone            text COLLATE "C",
    locale              text COLLATE "C",
    status              text COLLATE "C" NOT NULL CHECK (status IN ('invited', 'enabled', 'disabled', 'locked')),
    last_login_at       timestamptz,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT users_email_normalized_key UNIQUE (email_normalized),
    CONSTRAINT users_identity_issuer_identity_subject_key UNIQUE (identity_issuer, identity_subject)
);

CREATE TABLE user_groups (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    built_in    text COLLATE "C" CHECK (built_in IN ('owner', 'manager', 'analyst', 'exporter', 'privacy', 'support', 'admin')),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT user_groups_name_key UNIQUE (account_id, name),
    CONSTRAINT user_groups_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);

CREATE TABLE api_keys (
    account_id    uuid NOT NULL,
    id            uuid NOT NULL,
    name          text COLLATE "C" NOT NULL,
    description   text COLLATE "C",
    prefix        text COLLATE "C" NOT NULL,
    key_hash      bytea NOT NULL,
    group_id      uuid NOT NULL,
    created_by_id uuid,
    last_used_at  timestamptz,
    expires_at    timestamptz,
    revoked_at    timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_keys_prefix_key UNIQUE (account_id, prefix),
    CONSTRAINT api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT api_keys_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT api_keys_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX api_keys_group_id_idx ON api_keys (account_id, group_id, id);
CREATE INDEX api_keys_created_by_id_idx ON api_keys (account_id, created_by_id, id);

CREATE TABLE erasures (
    account_id               uuid NOT NULL,
    id                       uuid NOT NULL,
    subject_token            bytea NOT NULL,
    subject_sealed           bytea,
    subscriber_id            uuid,
    requested_by_id          uuid,
    api_key_id               uuid,
    principal                jsonb NOT NULL,
    plan                     jsonb NOT NULL,
    plan_hash                text COLLATE "C" NOT NULL,
    policy_hash              text COLLATE "C" NOT NULL,
    schema_fingerprint       text COLLATE "C" NOT NULL,
    idempotency_key          text COLLATE "C" NOT NULL,
    input_hash               bytea NOT NULL,
    state                    text COLLATE "C" NOT NULL CHECK (state IN ('planned', 'confirmed', 'fenced', 'running', 'paused', 'verifying', 'done', 'partial', 'residue_found', 'refused', 'canceled', 'expired')),
    claim_number             bigint NOT NULL,
    lease_until              bigint,
    attempts                 bigint NOT NULL,
    step_number              bigint NOT NULL,
    rows_planned             bigint NOT NULL,
    rows_done                bigint NOT NULL,
    confirmed_at             timestamptz,
    fenced_at                timestamptz,
    finished_at              timestamptz,
    expires_at               timestamptz,
    receipt                  jsonb,
    receipt_signature        bytea,
    second_receipt           jsonb,
    second_receipt_signature bytea,
    error_code               text COLLATE "C",
    created_at               timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasures_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT erasures_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT erasures_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasures_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT erasures_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX erasures_subscriber_id_idx ON erasures (account_id, subscriber_id, id);
CREATE INDEX erasures_state_idx ON erasures (account_id, state, id);
CREATE INDEX erasures_subject_token_idx ON erasures (account_id, subject_token, id);
CREATE INDEX erasures_created_at_idx ON erasures (account_id, created_at, id);

CREATE TABLE erasure_batches (
    account_id   uuid NOT NULL,
    id           uuid NOT NULL,
    erasure_id   uuid NOT NULL,
    step_number  bigint NOT NULL,
    batch_number bigint NOT NULL,
    table_name   text COLLATE "C" NOT NULL,
    action       text COLLATE "C" NOT NULL,
    row_count    bigint NOT NULL DEFAULT 0,
    finished_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_batches_erasure_id_step_number_batch_number_key UNIQUE (account_id, erasure_id, step_number, batch_number),
    CONSTRAINT erasure_batches_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasure_batches_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION
);

CREATE TABLE exports (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    scope            text COLLATE "C" NOT NULL CHECK (scope IN ('account', 'subscriber')),
    subscriber_id    uuid,
    requested_by_id  uuid,
    api_key_id       uuid,
    principal        jsonb NOT NULL,
    plan             jsonb NOT NULL,
    idempotency_key  text COLLATE "C" NOT NULL,
    input_hash       bytea NOT NULL,
    state            text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'ready', 'failed', 'canceled', 'expired', 'stale')),
    claim_number     bigint NOT NULL,
    lease_until      bigint,
    attempts         bigint NOT NULL,
    rows_expected    bigint NOT NULL,
    rows_done        bigint NOT NULL,
    bytes_done       bigint NOT NULL,
    current_resource text COLLATE "C",
    snapshot_at      timestamptz,
    started_at       timestamptz,
    finished_at      timestamptz,
    expires_at       timestamptz,
    bundle_name      text COLLATE "C",
    byte_count       bigint,
    sha256           text COLLATE "C",
    receipt          jsonb,
    error_code       text COLLATE "C",
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT exports_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT exports_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT exports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT exports_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT exports_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX exports_subscriber_id_idx ON exports (account_id, subscriber_id, id);
CREATE INDEX exports_state_idx ON exports (account_id, state, id);
CREATE INDEX exports_created_at_idx ON exports (account_id, created_at, id);

CREATE TABLE grants (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    group_id            uuid NOT NULL,
    resource            text COLLATE "C" NOT NULL,
    verb                text COLLATE "C" NOT NULL CHECK (verb IN ('read', 'read_clear', 'write', 'export', 'erase', 'manage')),
    all_lists           boolean NOT NULL,
    max_rows            bigint,
    max_bundles_per_day bigint,
    expires_at          timestamptz,
    created_at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT grants_group_id_resource_verb_key UNIQUE (account_id, group_id, resource, verb),
    CONSTRAINT grants_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT grants_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX grants_group_id_idx ON grants (account_id, group_id, id);

CREATE TABLE grant_lists (
    account_id uuid NOT NULL,
    id         uuid NOT NULL,
    grant_id   uuid NOT NULL,
    list_id    uuid NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT grant_lists_grant_id_list_id_key UNIQUE (account_id, grant_id, list_id),
    CONSTRAINT grant_lists_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT grant_lists_grant_id_fkey FOREIGN KEY (account_id, grant_id) REFERENCES grants (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT grant_lists_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX grant_lists_grant_id_idx ON grant_lists (account_id, grant_id, id);
CREATE INDEX grant_lists_list_id_idx ON grant_lists (account_id, list_id, id);

CREATE TABLE group_members (
    account_id uuid NOT NULL,
    id         uuid NOT NULL,
    group_id   uuid NOT NULL,
    user_id    uuid NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT group_members_group_id_user_id_key UNIQUE (account_id, group_id, user_id),
    CONSTRAINT group_members_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT group_members_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX group_members_group_id_idx ON group_members (account_id, group_id, id);
CREATE INDEX group_members_user_id_idx ON group_members (account_id, user_id, id);

CREATE TABLE suppression_tokens (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    token              bytea NOT NULL,
    key_version        bigint NOT NULL,
    normalizer_version bigint NOT NULL,
    reason             text COLLATE "C" NOT NULL CHECK (reason IN ('erased', 'objected')),
    erasure_id         uuid,
    expires_at         timestamptz,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_tokens_token_key UNIQUE (account_id, token),
    CONSTRAINT suppression_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT suppression_tokens_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX suppression_tokens_erasure_id_idx ON suppression_tokens (account_id, erasure_id, id);
