-- Every table as the entities say it, by `postern schema draft`.

CREATE TABLE backups (
    id         uuid NOT NULL,
    label      text COLLATE "C" NOT NULL,
    location   text COLLATE "C",
    made_at    timestamptz NOT NULL,
    purge_at   timestamptz NOT NULL,
    purged_at  timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX backups_made_at_idx ON backups (made_at, id);
CREATE INDEX backups_purge_at_idx ON backups (purge_at, id);

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

CREATE TABLE plans (
    id                 uuid NOT NULL,
    name               text COLLATE "C" NOT NULL,
    description        text COLLATE "C",
    price_minor        bigint NOT NULL,
    currency           text COLLATE "C" NOT NULL,
    billing_interval   text COLLATE "C" NOT NULL CHECK (billing_interval IN ('once', 'month', 'year')),
    subscriber_limit   bigint,
    monthly_mail_limit bigint,
    is_public          boolean NOT NULL,
    status             text COLLATE "C" NOT NULL CHECK (status IN ('offered', 'retired')),
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT plans_name_key UNIQUE (name),
    CONSTRAINT plans_source_external_id_key UNIQUE (source, external_id)
);
CREATE INDEX plans_created_at_idx ON plans (created_at, id);

CREATE TABLE accounts (
    id                 uuid NOT NULL,
    name               text COLLATE "C" NOT NULL,
    company_name       text COLLATE "C",
    first_name         text COLLATE "C",
    last_name          text COLLATE "C",
    email              text COLLATE "C" NOT NULL,
    phone              text COLLATE "C",
    address_line_1     text COLLATE "C",
    address_line_2     text COLLATE "C",
    city               text COLLATE "C",
    zone               text COLLATE "C",
    postal_code        text COLLATE "C",
    country            text COLLATE "C",
    vat_number         text COLLATE "C",
    website            text COLLATE "C",
    timezone           text COLLATE "C" NOT NULL,
    locale             text COLLATE "C" NOT NULL,
    is_platform        boolean NOT NULL,
    status             text COLLATE "C" NOT NULL CHECK (status IN ('pending_confirm', 'pending_approval', 'active', 'inactive', 'suspended', 'disabled', 'pending_delete', 'deleted')),
    status_when_closed text COLLATE "C" CHECK (status_when_closed IN ('pending_confirm', 'pending_approval', 'active', 'inactive', 'suspended', 'disabled', 'pending_delete', 'deleted')),
    closed_at          timestamptz,
    plan_id            uuid,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT accounts_name_key UNIQUE (name),
    CONSTRAINT accounts_source_external_id_key UNIQUE (source, external_id),
    CONSTRAINT accounts_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE NO ACTION
);
CREATE INDEX accounts_plan_id_idx ON accounts (plan_id, id);

CREATE TABLE api_usage_days (
    account_id            uuid NOT NULL,
    id                    uuid NOT NULL,
    starts_at             timestamptz NOT NULL,
    operation             text COLLATE "C" NOT NULL,
    request_count         bigint NOT NULL DEFAULT 0,
    error_count           bigint NOT NULL DEFAULT 0,
    row_count             bigint NOT NULL DEFAULT 0,
    personal_row_count    bigint NOT NULL DEFAULT 0,
    byte_count            bigint NOT NULL DEFAULT 0,
    duration_milliseconds bigint NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_usage_days_starts_at_operation_key UNIQUE (account_id, starts_at, operation),
    CONSTRAINT api_usage_days_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX api_usage_days_operation_starts_at_idx ON api_usage_days (account_id, operation, starts_at, id);

CREATE TABLE arrivals (
    account_id uuid NOT NULL,
    id         uuid NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT arrivals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
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
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    number         bigint NOT NULL,
    event_count    bigint NOT NULL DEFAULT 0,
    first_event_id uuid NOT NULL,
    last_event_id  uuid NOT NULL,
    root           text COLLATE "C" NOT NULL,
    previous_hash  text COLLATE "C" NOT NULL,
    sealed_at      timestamptz NOT NULL,
    key_id         text COLLATE "C" NOT NULL,
    hash           text COLLATE "C" NOT NULL,
    signature      text COLLATE "C" NOT NULL,
    leaves         bytea NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT audit_seals_number_key UNIQUE (account_id, number),
    CONSTRAINT audit_seals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX audit_seals_last_event_id_idx ON audit_seals (account_id, last_event_id, id);

CREATE TABLE bounce_servers (
    account_id            uuid NOT NULL,
    id                    uuid NOT NULL,
    name                  text COLLATE "C" NOT NULL,
    hostname              text COLLATE "C" NOT NULL,
    port                  bigint NOT NULL,
    service               text COLLATE "C" NOT NULL CHECK (service IN ('imap', 'pop3')),
    protocol              text COLLATE "C" NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    validates_certificate boolean NOT NULL,
    username              text COLLATE "C",
    password              text COLLATE "C",
    secrets_changed_at    timestamptz,
    return_path           text COLLATE "C",
    folder                text COLLATE "C",
    scan_interval_seconds bigint,
    deletes_messages      boolean NOT NULL,
    status                text COLLATE "C" NOT NULL CHECK (status IN ('active', 'inactive', 'disabled', 'pending_delete')),
    source                text COLLATE "C",
    external_id           text COLLATE "C",
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT bounce_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT bounce_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX bounce_servers_name_idx ON bounce_servers (account_id, name, id);
CREATE INDEX bounce_servers_created_at_idx ON bounce_servers (account_id, created_at, id);

CREATE TABLE campaign_groups (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    source      text COLLATE "C",
    external_id text COLLATE "C",
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_groups_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaign_groups_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX campaign_groups_name_idx ON campaign_groups (account_id, name, id);
CREATE INDEX campaign_groups_created_at_idx ON campaign_groups (account_id, created_at, id);

CREATE TABLE campaign_tags (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    tag         text COLLATE "C" NOT NULL,
    content     text COLLATE "C" NOT NULL,
    is_random   boolean NOT NULL,
    source      text COLLATE "C",
    external_id text COLLATE "C",
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_tags_tag_key UNIQUE (account_id, tag),
    CONSTRAINT campaign_tags_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaign_tags_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX campaign_tags_created_at_idx ON campaign_tags (account_id, created_at, id);

CREATE TABLE email_box_monitors (
    account_id            uuid NOT NULL,
    id                    uuid NOT NULL,
    name                  text COLLATE "C" NOT NULL,
    email                 text COLLATE "C",
    hostname              text COLLATE "C" NOT NULL,
    port                  bigint NOT NULL,
    service               text COLLATE "C" NOT NULL CHECK (service IN ('imap', 'pop3')),
    protocol              text COLLATE "C" NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    validates_certificate boolean NOT NULL,
    username              text COLLATE "C",
    password              text COLLATE "C",
    secrets_changed_at    timestamptz,
    identify_by           text COLLATE "C" NOT NULL CHECK (identify_by IN ('email', 'subscriber', 'either')),
    conditions            jsonb,
    folder                text COLLATE "C",
    scan_interval_seconds bigint,
    deletes_messages      boolean NOT NULL,
    status                text COLLATE "C" NOT NULL CHECK (status IN ('active', 'inactive', 'disabled', 'pending_delete')),
    source                text COLLATE "C",
    external_id           text COLLATE "C",
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT email_box_monitors_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT email_box_monitors_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX email_box_monitors_name_idx ON email_box_monitors (account_id, name, id);
CREATE INDEX email_box_monitors_created_at_idx ON email_box_monitors (account_id, created_at, id);

CREATE TABLE feedback_loop_servers (
    account_id            uuid NOT NULL,
    id                    uuid NOT NULL,
    name                  text COLLATE "C" NOT NULL,
    hostname              text COLLATE "C" NOT NULL,
    port                  bigint NOT NULL,
    service               text COLLATE "C" NOT NULL CHECK (service IN ('imap', 'pop3')),
    protocol              text COLLATE "C" NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    validates_certificate boolean NOT NULL,
    username              text COLLATE "C",
    password              text COLLATE "C",
    secrets_changed_at    timestamptz,
    folder                text COLLATE "C",
    scan_interval_seconds bigint,
    deletes_messages      boolean NOT NULL,
    status                text COLLATE "C" NOT NULL CHECK (status IN ('active', 'inactive', 'disabled', 'pending_delete')),
    source                text COLLATE "C",
    external_id           text COLLATE "C",
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT feedback_loop_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT feedback_loop_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX feedback_loop_servers_name_idx ON feedback_loop_servers (account_id, name, id);
CREATE INDEX feedback_loop_servers_created_at_idx ON feedback_loop_servers (account_id, created_at, id);

CREATE TABLE invoices (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    plan_id        uuid,
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
    CONSTRAINT invoices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT invoices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE NO ACTION
);
CREATE INDEX invoices_issued_at_idx ON invoices (account_id, issued_at, id);
CREATE INDEX invoices_plan_id_issued_at_idx ON invoices (account_id, plan_id, issued_at, id);

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

CREATE TABLE list_days (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    list_id            uuid NOT NULL,
    starts_at          timestamptz NOT NULL,
    joined_count       bigint NOT NULL DEFAULT 0,
    subscribed_count   bigint NOT NULL DEFAULT 0,
    lost_count         bigint NOT NULL DEFAULT 0,
    unsubscribed_count bigint NOT NULL DEFAULT 0,
    cleaned_count      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id),
    CONSTRAINT list_days_list_id_starts_at_key UNIQUE (account_id, list_id, starts_at),
    CONSTRAINT list_days_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT list_days_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);

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

CREATE TABLE payments (
    account_id        uuid NOT NULL,
    id                uuid NOT NULL,
    invoice_id        uuid NOT NULL,
    amount_minor      bigint NOT NULL,
    currency          text COLLATE "C" NOT NULL,
    method            text COLLATE "C" NOT NULL CHECK (method IN ('card', 'bank_transfer', 'direct_debit', 'wallet', 'other')),
    gateway           text COLLATE "C",
    gateway_reference text COLLATE "C",
    response          jsonb,
    status            text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'success', 'failed', 'refunded')),
    paid_at           timestamptz,
    source            text COLLATE "C",
    external_id       text COLLATE "C",
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT payments_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT payments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT payments_invoice_id_fkey FOREIGN KEY (account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX payments_invoice_id_created_at_idx ON payments (account_id, invoice_id, created_at, id);
CREATE INDEX payments_created_at_idx ON payments (account_id, created_at, id);

CREATE TABLE policy_versions (
    id             uuid NOT NULL,
    kind           text COLLATE "C" NOT NULL CHECK (kind IN ('privacy_policy', 'terms_of_service', 'data_processing_agreement', 'cookie_policy', 'other')),
    version        text COLLATE "C" NOT NULL,
    title          text COLLATE "C" NOT NULL,
    url            text COLLATE "C",
    body           text COLLATE "C",
    is_significant boolean NOT NULL,
    published_at   timestamptz NOT NULL,
    effective_at   timestamptz NOT NULL,
    source         text COLLATE "C",
    external_id    text COLLATE "C",
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT policy_versions_kind_version_key UNIQUE (kind, version),
    CONSTRAINT policy_versions_source_external_id_key UNIQUE (source, external_id)
);
CREATE INDEX policy_versions_published_at_idx ON policy_versions (published_at, id);

CREATE TABLE segments (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    list_id             uuid NOT NULL,
    name                text COLLATE "C" NOT NULL,
    match_kind          text COLLATE "C" NOT NULL CHECK (match_kind IN ('all', 'any')),
    conditions          jsonb,
    campaign_conditions jsonb,
    subscriber_count    bigint,
    last_built_at       timestamptz,
    status              text COLLATE "C" NOT NULL CHECK (status IN ('active', 'building', 'failed', 'archived')),
    source              text COLLATE "C",
    external_id         text COLLATE "C",
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT segments_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT segments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT segments_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX segments_list_id_idx ON segments (account_id, list_id, id);
CREATE INDEX segments_list_id_created_at_idx ON segments (account_id, list_id, created_at, id);
CREATE INDEX segments_name_idx ON segments (account_id, name, id);
CREATE INDEX segments_created_at_idx ON segments (account_id, created_at, id);

CREATE TABLE sending_domains (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    name               text COLLATE "C" NOT NULL,
    dkim_selector      text COLLATE "C",
    dkim_public_key    text COLLATE "C",
    dkim_private_key   text COLLATE "C",
    secrets_changed_at timestamptz,
    spf_value          text COLLATE "C",
    dmarc_value        text COLLATE "C",
    is_signing         boolean NOT NULL,
    is_locked          boolean NOT NULL,
    status             text COLLATE "C" NOT NULL CHECK (status IN ('pending_dns', 'verified', 'failed', 'revoked')),
    verified_at        timestamptz,
    last_checked_at    timestamptz,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT sending_domains_name_key UNIQUE (account_id, name),
    CONSTRAINT sending_domains_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT sending_domains_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX sending_domains_created_at_idx ON sending_domains (account_id, created_at, id);

CREATE TABLE sub_processors (
    id              uuid NOT NULL,
    name            text COLLATE "C" NOT NULL,
    purpose         text COLLATE "C" NOT NULL,
    country         text COLLATE "C" NOT NULL,
    safeguard       text COLLATE "C",
    website         text COLLATE "C",
    data_categories jsonb,
    engaged_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    source          text COLLATE "C",
    external_id     text COLLATE "C",
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sub_processors_source_external_id_key UNIQUE (source, external_id)
);
CREATE INDEX sub_processors_name_idx ON sub_processors (name, id);
CREATE INDEX sub_processors_created_at_idx ON sub_processors (created_at, id);

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

CREATE TABLE disclosures (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    recipient        text COLLATE "C" NOT NULL,
    recipient_kind   text COLLATE "C" NOT NULL CHECK (recipient_kind IN ('sub_processor', 'authority', 'controller', 'partner', 'other')),
    sub_processor_id uuid,
    about            text COLLATE "C" CHECK (about IN ('person', 'people')),
    subscriber_id    uuid,
    data_categories  jsonb NOT NULL,
    purpose          text COLLATE "C" NOT NULL,
    legal_basis      text COLLATE "C" NOT NULL CHECK (legal_basis IN ('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'vital_interest', 'public_task')),
    instrument       text COLLATE "C",
    is_sale          boolean NOT NULL,
    disclosed_at     timestamptz NOT NULL,
    source           text COLLATE "C",
    external_id      text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT disclosures_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT disclosures_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT disclosures_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION,
    CONSTRAINT disclosures_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX disclosures_sub_processor_id_idx ON disclosures (account_id, sub_processor_id, id);
CREATE INDEX disclosures_subscriber_id_disclosed_at_idx ON disclosures (account_id, subscriber_id, disclosed_at, id);
CREATE INDEX disclosures_disclosed_at_idx ON disclosures (account_id, disclosed_at, id);

CREATE TABLE processing_restrictions (
    account_id    uuid NOT NULL,
    id            uuid NOT NULL,
    subscriber_id uuid,
    kind          text COLLATE "C" NOT NULL CHECK (kind IN ('restricted', 'objection', 'dispute')),
    purpose       text COLLATE "C",
    reason        text COLLATE "C",
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz,
    lifted_at     timestamptz,
    source        text COLLATE "C",
    external_id   text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT processing_restrictions_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT processing_restrictions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT processing_restrictions_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX processing_restrictions_subscriber_id_starts_at_idx ON processing_restrictions (account_id, subscriber_id, starts_at, id);
CREATE INDEX processing_restrictions_starts_at_idx ON processing_restrictions (account_id, starts_at, id);
CREATE INDEX processing_restrictions_lifted_at_idx ON processing_restrictions (account_id, lifted_at, id);

CREATE TABLE suppression_lists (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    source      text COLLATE "C",
    external_id text COLLATE "C",
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_lists_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT suppression_lists_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX suppression_lists_name_idx ON suppression_lists (account_id, name, id);
CREATE INDEX suppression_lists_created_at_idx ON suppression_lists (account_id, created_at, id);

CREATE TABLE suppression_entries (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    suppression_list_id uuid,
    email               text COLLATE "C" NOT NULL,
    email_normalized    text COLLATE "C" NOT NULL,
    reason              text COLLATE "C" NOT NULL CHECK (reason IN ('unsubscribed', 'complaint', 'hard_bounce', 'invalid_email', 'manual')),
    comment             text COLLATE "C",
    expires_at          timestamptz,
    source              text COLLATE "C",
    external_id         text COLLATE "C",
    created_at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_entries_email_normalized_key UNIQUE (account_id, email_normalized),
    CONSTRAINT suppression_entries_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT suppression_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT suppression_entries_suppression_list_id_fkey FOREIGN KEY (account_id, suppression_list_id) REFERENCES suppression_lists (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX suppression_entries_created_at_idx ON suppression_entries (account_id, created_at, id);
CREATE INDEX suppression_entries_suppression_list_id_created_at_idx ON suppression_entries (account_id, suppression_list_id, created_at, id);

CREATE TABLE template_categories (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    source      text COLLATE "C",
    external_id text COLLATE "C",
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT template_categories_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT template_categories_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX template_categories_name_idx ON template_categories (account_id, name, id);
CREATE INDEX template_categories_created_at_idx ON template_categories (account_id, created_at, id);

CREATE TABLE templates (
    account_id           uuid NOT NULL,
    id                   uuid NOT NULL,
    template_category_id uuid,
    name                 text COLLATE "C" NOT NULL,
    kind                 text COLLATE "C" NOT NULL CHECK (kind IN ('campaign', 'visual', 'transactional')),
    subject              text COLLATE "C",
    html_body            text COLLATE "C",
    plain_body           text COLLATE "C",
    design               jsonb,
    is_default           boolean NOT NULL,
    status               text COLLATE "C" NOT NULL CHECK (status IN ('active', 'archived')),
    source               text COLLATE "C",
    external_id          text COLLATE "C",
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT templates_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT templates_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT templates_template_category_id_fkey FOREIGN KEY (account_id, template_category_id) REFERENCES template_categories (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX templates_template_category_id_created_at_idx ON templates (account_id, template_category_id, created_at, id);
CREATE INDEX templates_name_idx ON templates (account_id, name, id);
CREATE INDEX templates_created_at_idx ON templates (account_id, created_at, id);

CREATE TABLE tracking_domains (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    name            text COLLATE "C" NOT NULL,
    scheme          text COLLATE "C" NOT NULL CHECK (scheme IN ('http', 'https')),
    status          text COLLATE "C" NOT NULL CHECK (status IN ('pending_dns', 'verified', 'failed', 'revoked')),
    verified_at     timestamptz,
    last_checked_at timestamptz,
    source          text COLLATE "C",
    external_id     text COLLATE "C",
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT tracking_domains_name_key UNIQUE (account_id, name),
    CONSTRAINT tracking_domains_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT tracking_domains_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
);
CREATE INDEX tracking_domains_created_at_idx ON tracking_domains (account_id, created_at, id);

CREATE TABLE campaigns (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    list_id            uuid,
    segment_id         uuid,
    template_id        uuid,
    campaign_group_id  uuid,
    tracking_domain_id uuid,
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
    complaint_count    bigint NOT NULL DEFAULT 0,
    unsubscribe_count  bigint NOT NULL DEFAULT 0,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaigns_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaigns_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_template_id_fkey FOREIGN KEY (account_id, template_id) REFERENCES templates (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_segment_id_fkey FOREIGN KEY (account_id, segment_id) REFERENCES segments (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_campaign_group_id_fkey FOREIGN KEY (account_id, campaign_group_id) REFERENCES campaign_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_tracking_domain_id_fkey FOREIGN KEY (account_id, tracking_domain_id) REFERENCES tracking_domains (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX campaigns_list_id_idx ON campaigns (account_id, list_id, id);
CREATE INDEX campaigns_list_id_created_at_idx ON campaigns (account_id, list_id, created_at, id);
CREATE INDEX campaigns_created_at_idx ON campaigns (account_id, created_at, id);
CREATE INDEX campaigns_send_at_idx ON campaigns (account_id, send_at, id);
CREATE INDEX campaigns_segment_id_created_at_idx ON campaigns (account_id, segment_id, created_at, id);
CREATE INDEX campaigns_template_id_created_at_idx ON campaigns (account_id, template_id, created_at, id);
CREATE INDEX campaigns_campaign_group_id_created_at_idx ON campaigns (account_id, campaign_group_id, created_at, id);
CREATE INDEX campaigns_tracking_domain_id_idx ON campaigns (account_id, tracking_domain_id, id);

CREATE TABLE campaign_breakdowns (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    campaign_id        uuid NOT NULL,
    dimension          text COLLATE "C" NOT NULL CHECK (dimension IN ('country', 'browser', 'operating_system', 'device', 'kind')),
    value              text COLLATE "C" NOT NULL,
    open_count         bigint NOT NULL DEFAULT 0,
    unique_open_count  bigint NOT NULL DEFAULT 0,
    click_count        bigint NOT NULL DEFAULT 0,
    unique_click_count bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_breakdowns_campaign_id_dimension_value_key UNIQUE (account_id, campaign_id, dimension, value),
    CONSTRAINT campaign_breakdowns_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaign_breakdowns_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX campaign_breakdowns_campaign_id_idx ON campaign_breakdowns (account_id, campaign_id, id);

CREATE TABLE campaign_buckets (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    campaign_id        uuid NOT NULL,
    size               text COLLATE "C" NOT NULL CHECK (size IN ('hour', 'day')),
    starts_at          timestamptz NOT NULL,
    delivery_count     bigint NOT NULL DEFAULT 0,
    open_count         bigint NOT NULL DEFAULT 0,
    unique_open_count  bigint NOT NULL DEFAULT 0,
    click_count        bigint NOT NULL DEFAULT 0,
    unique_click_count bigint NOT NULL DEFAULT 0,
    bounce_count       bigint NOT NULL DEFAULT 0,
    complaint_count    bigint NOT NULL DEFAULT 0,
    unsubscribe_count  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_buckets_campaign_id_size_starts_at_key UNIQUE (account_id, campaign_id, size, starts_at),
    CONSTRAINT campaign_buckets_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaign_buckets_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX campaign_buckets_campaign_id_starts_at_idx ON campaign_buckets (account_id, campaign_id, starts_at, id);

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
    bounce_server_id   uuid,
    tracking_domain_id uuid,
    hourly_quota       bigint,
    status             text COLLATE "C" NOT NULL CHECK (status IN ('inactive', 'active', 'in_use', 'disabled', 'hidden', 'pending_delete')),
    secrets_changed_at timestamptz,
    source             text COLLATE "C",
    external_id        text COLLATE "C",
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT delivery_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT delivery_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT delivery_servers_tracking_domain_id_fkey FOREIGN KEY (account_id, tracking_domain_id) REFERENCES tracking_domains (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT delivery_servers_bounce_server_id_fkey FOREIGN KEY (account_id, bounce_server_id) REFERENCES bounce_servers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX delivery_servers_name_idx ON delivery_servers (account_id, name, id);
CREATE INDEX delivery_servers_bounce_server_id_idx ON delivery_servers (account_id, bounce_server_id, id);
CREATE INDEX delivery_servers_tracking_domain_id_idx ON delivery_servers (account_id, tracking_domain_id, id);

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
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    delivery_id      uuid,
    campaign_id      uuid,
    subscriber_id    uuid,
    bounce_server_id uuid,
    kind             text COLLATE "C" NOT NULL CHECK (kind IN ('hard', 'soft', 'internal')),
    code             text COLLATE "C",
    diagnostic       text COLLATE "C",
    raw              bytea,
    reported_by      text COLLATE "C",
    bounced_at       timestamptz NOT NULL,
    source           text COLLATE "C",
    external_id      text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT bounces_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT bounces_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT bounces_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_bounce_server_id_fkey FOREIGN KEY (account_id, bounce_server_id) REFERENCES bounce_servers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX bounces_delivery_id_idx ON bounces (account_id, delivery_id, id);
CREATE INDEX bounces_campaign_id_bounced_at_idx ON bounces (account_id, campaign_id, bounced_at, id);
CREATE INDEX bounces_subscriber_id_bounced_at_idx ON bounces (account_id, subscriber_id, bounced_at, id);
CREATE INDEX bounces_bounce_server_id_idx ON bounces (account_id, bounce_server_id, id);

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

CREATE TABLE complaints (
    account_id              uuid NOT NULL,
    id                      uuid NOT NULL,
    delivery_id             uuid,
    campaign_id             uuid,
    subscriber_id           uuid,
    feedback_loop_server_id uuid,
    kind                    text COLLATE "C" NOT NULL CHECK (kind IN ('abuse', 'fraud', 'virus', 'not_spam', 'other')),
    reported_by             text COLLATE "C",
    message                 text COLLATE "C",
    raw                     bytea,
    complained_at           timestamptz NOT NULL,
    source                  text COLLATE "C",
    external_id             text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT complaints_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT complaints_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT complaints_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT complaints_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT complaints_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT complaints_feedback_loop_server_id_fkey FOREIGN KEY (account_id, feedback_loop_server_id) REFERENCES feedback_loop_servers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX complaints_delivery_id_idx ON complaints (account_id, delivery_id, id);
CREATE INDEX complaints_campaign_id_complained_at_idx ON complaints (account_id, campaign_id, complained_at, id);
CREATE INDEX complaints_subscriber_id_complained_at_idx ON complaints (account_id, subscriber_id, complained_at, id);
CREATE INDEX complaints_feedback_loop_server_id_idx ON complaints (account_id, feedback_loop_server_id, id);

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

CREATE TABLE transactional_emails (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    subscriber_id       uuid,
    server_id           uuid,
    template_id         uuid,
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
    CONSTRAINT transactional_emails_server_id_fkey FOREIGN KEY (account_id, server_id) REFERENCES delivery_servers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transactional_emails_template_id_fkey FOREIGN KEY (account_id, template_id) REFERENCES templates (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX transactional_emails_subscriber_id_idx ON transactional_emails (account_id, subscriber_id, id);
CREATE INDEX transactional_emails_server_id_idx ON transactional_emails (account_id, server_id, id);
CREATE INDEX transactional_emails_template_id_created_at_idx ON transactional_emails (account_id, template_id, created_at, id);
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

CREATE TABLE legal_holds (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    subscriber_id  uuid,
    case_reference text COLLATE "C",
    reason         text COLLATE "C",
    placed_by_id   uuid,
    placed_at      timestamptz NOT NULL,
    ends_at        timestamptz,
    released_at    timestamptz,
    PRIMARY KEY (account_id, id),
    CONSTRAINT legal_holds_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT legal_holds_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT legal_holds_placed_by_id_fkey FOREIGN KEY (placed_by_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX legal_holds_subscriber_id_placed_at_idx ON legal_holds (account_id, subscriber_id, placed_at, id);
CREATE INDEX legal_holds_placed_by_id_idx ON legal_holds (account_id, placed_by_id, id);
CREATE INDEX legal_holds_placed_at_idx ON legal_holds (account_id, placed_at, id);

CREATE TABLE notices (
    account_id        uuid NOT NULL,
    id                uuid NOT NULL,
    kind              text COLLATE "C" NOT NULL CHECK (kind IN ('policy_change', 'sub_processor_change', 'controller_change', 'breach', 'other')),
    title             text COLLATE "C" NOT NULL,
    body              text COLLATE "C" NOT NULL,
    policy_version_id uuid,
    sub_processor_id  uuid,
    recipient_id      uuid,
    channel           text COLLATE "C" NOT NULL CHECK (channel IN ('email', 'web', 'phone', 'post', 'api', 'in_app')),
    effective_at      timestamptz,
    sent_at           timestamptz NOT NULL,
    delivered_at      timestamptz,
    source            text COLLATE "C",
    external_id       text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT notices_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT notices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT notices_policy_version_id_fkey FOREIGN KEY (policy_version_id) REFERENCES policy_versions (id) ON DELETE NO ACTION,
    CONSTRAINT notices_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION,
    CONSTRAINT notices_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX notices_policy_version_id_idx ON notices (account_id, policy_version_id, id);
CREATE INDEX notices_sub_processor_id_idx ON notices (account_id, sub_processor_id, id);
CREATE INDEX notices_recipient_id_idx ON notices (account_id, recipient_id, id);
CREATE INDEX notices_sent_at_idx ON notices (account_id, sent_at, id);

CREATE TABLE support_tickets (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    number         text COLLATE "C" NOT NULL,
    subject        text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL CHECK (kind IN ('general', 'technical', 'billing', 'privacy_request')),
    channel        text COLLATE "C" NOT NULL CHECK (channel IN ('email', 'web', 'phone', 'post', 'api', 'in_app')),
    priority       text COLLATE "C" NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status         text COLLATE "C" NOT NULL CHECK (status IN ('open', 'waiting', 'snoozed', 'resolved', 'closed')),
    subscriber_id  uuid,
    requester_id   uuid,
    assignee_id    uuid,
    first_reply_at timestamptz,
    resolved_at    timestamptz,
    closed_at      timestamptz,
    source         text COLLATE "C",
    external_id    text COLLATE "C",
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT support_tickets_number_key UNIQUE (account_id, number),
    CONSTRAINT support_tickets_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT support_tickets_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT support_tickets_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT support_tickets_requester_id_fkey FOREIGN KEY (requester_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT support_tickets_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX support_tickets_subscriber_id_created_at_idx ON support_tickets (account_id, subscriber_id, created_at, id);
CREATE INDEX support_tickets_requester_id_created_at_idx ON support_tickets (account_id, requester_id, created_at, id);
CREATE INDEX support_tickets_assignee_id_idx ON support_tickets (account_id, assignee_id, id);
CREATE INDEX support_tickets_created_at_idx ON support_tickets (account_id, created_at, id);

CREATE TABLE ticket_messages (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    ticket_id   uuid NOT NULL,
    author_id   uuid,
    direction   text COLLATE "C" NOT NULL CHECK (direction IN ('incoming', 'outgoing', 'activity')),
    is_internal boolean NOT NULL,
    body        text COLLATE "C" NOT NULL,
    sent_at     timestamptz NOT NULL,
    source      text COLLATE "C",
    external_id text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT ticket_messages_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT ticket_messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT ticket_messages_ticket_id_fkey FOREIGN KEY (account_id, ticket_id) REFERENCES support_tickets (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT ticket_messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX ticket_messages_ticket_id_sent_at_idx ON ticket_messages (account_id, ticket_id, sent_at, id);
CREATE INDEX ticket_messages_author_id_idx ON ticket_messages (account_id, author_id, id);

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
    CONSTRAINT api_keys_prefix_everywhere_key UNIQUE (prefix),
    CONSTRAINT api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT api_keys_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT api_keys_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX api_keys_group_id_idx ON api_keys (account_id, group_id, id);
CREATE INDEX api_keys_created_by_id_idx ON api_keys (account_id, created_by_id, id);

CREATE TABLE api_usages (
    account_id            uuid NOT NULL,
    id                    uuid NOT NULL,
    period_start          timestamptz NOT NULL,
    api_key_id            uuid,
    user_id               uuid,
    operation             text COLLATE "C" NOT NULL,
    document_hash         text COLLATE "C",
    request_count         bigint NOT NULL DEFAULT 0,
    error_count           bigint NOT NULL DEFAULT 0,
    row_count             bigint NOT NULL DEFAULT 0,
    personal_row_count    bigint NOT NULL DEFAULT 0,
    byte_count            bigint NOT NULL DEFAULT 0,
    duration_milliseconds bigint NOT NULL,
    source                text COLLATE "C",
    external_id           text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_usages_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT api_usages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT api_usages_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT api_usages_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX api_usages_period_start_idx ON api_usages (account_id, period_start, id);
CREATE INDEX api_usages_api_key_id_period_start_idx ON api_usages (account_id, api_key_id, period_start, id);
CREATE INDEX api_usages_user_id_idx ON api_usages (account_id, user_id, id);

CREATE TABLE erasures (
    account_id               uuid NOT NULL,
    id                       uuid NOT NULL,
    subject_token            bytea NOT NULL,
    subject_sealed           bytea,
    subscriber_id            uuid,
    account_closed_at        timestamptz,
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
    kept_until               timestamptz,
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
CREATE INDEX erasures_state_everywhere_idx ON erasures (state, account_id, id);

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

CREATE TABLE erasure_recipients (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    erasure_id       uuid NOT NULL,
    recipient        text COLLATE "C" NOT NULL,
    recipient_kind   text COLLATE "C" NOT NULL CHECK (recipient_kind IN ('sub_processor', 'authority', 'controller', 'partner', 'other')),
    sub_processor_id uuid,
    state            text COLLATE "C" NOT NULL CHECK (state IN ('to_tell', 'told', 'confirmed', 'exempt', 'overdue')),
    reason           text COLLATE "C",
    due_at           timestamptz NOT NULL,
    told_at          timestamptz,
    confirmed_at     timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_recipients_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION
);
CREATE INDEX erasure_recipients_erasure_id_due_at_idx ON erasure_recipients (account_id, erasure_id, due_at, id);
CREATE INDEX erasure_recipients_sub_processor_id_idx ON erasure_recipients (account_id, sub_processor_id, id);
CREATE INDEX erasure_recipients_state_idx ON erasure_recipients (account_id, state, id);
CREATE INDEX erasure_recipients_due_at_idx ON erasure_recipients (account_id, due_at, id);
CREATE INDEX erasure_recipients_created_at_idx ON erasure_recipients (account_id, created_at, id);
CREATE INDEX erasure_recipients_state_due_at_everywhere_idx ON erasure_recipients (state, due_at, account_id, id);

CREATE TABLE exports (
    account_id       uuid NOT NULL,
    id               uuid NOT NULL,
    scope            text COLLATE "C" NOT NULL CHECK (scope IN ('account', 'campaign', 'list', 'resources', 'subscriber')),
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
    rows_expected    bigint,
    rows_done        bigint NOT NULL,
    bytes_done       bigint NOT NULL,
    rows_per_second  bigint,
    seconds_left     bigint,
    current_resource text COLLATE "C",
    snapshot_at      timestamptz,
    started_at       timestamptz,
    finished_at      timestamptz,
    expires_at       timestamptz,
    bundle_name      text COLLATE "C",
    byte_count       bigint,
    sha256           text COLLATE "C",
    volumes          jsonb,
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
CREATE INDEX exports_started_at_idx ON exports (account_id, started_at, id);
CREATE INDEX exports_state_everywhere_idx ON exports (state, account_id, id);

CREATE TABLE data_requests (
    account_id        uuid NOT NULL,
    id                uuid NOT NULL,
    kind              text COLLATE "C" NOT NULL CHECK (kind IN ('access', 'portability', 'rectification', 'erasure', 'restriction', 'objection', 'withdrawal', 'opt_out_of_sale')),
    regulation        text COLLATE "C" NOT NULL CHECK (regulation IN ('gdpr', 'uk_gdpr', 'ccpa', 'lgpd', 'other')),
    channel           text COLLATE "C" NOT NULL CHECK (channel IN ('email', 'web', 'phone', 'post', 'api', 'in_app')),
    state             text COLLATE "C" NOT NULL CHECK (state IN ('received', 'verifying', 'running', 'completed', 'partially_completed', 'refused', 'forwarded', 'canceled')),
    refusal           text COLLATE "C" CHECK (refusal IN ('not_verified', 'no_authority', 'exception', 'not_covered')),
    subscriber_id     uuid,
    support_ticket_id uuid,
    export_id         uuid,
    erasure_id        uuid,
    handled_by_id     uuid,
    note              text COLLATE "C",
    received_at       timestamptz NOT NULL,
    due_at            timestamptz NOT NULL,
    extended_until    timestamptz,
    completed_at      timestamptz,
    source            text COLLATE "C",
    external_id       text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT data_requests_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT data_requests_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_support_ticket_id_fkey FOREIGN KEY (account_id, support_ticket_id) REFERENCES support_tickets (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_export_id_fkey FOREIGN KEY (account_id, export_id) REFERENCES exports (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_handled_by_id_fkey FOREIGN KEY (handled_by_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX data_requests_subscriber_id_received_at_idx ON data_requests (account_id, subscriber_id, received_at, id);
CREATE INDEX data_requests_support_ticket_id_idx ON data_requests (account_id, support_ticket_id, id);
CREATE INDEX data_requests_export_id_idx ON data_requests (account_id, export_id, id);
CREATE INDEX data_requests_erasure_id_idx ON data_requests (account_id, erasure_id, id);
CREATE INDEX data_requests_handled_by_id_idx ON data_requests (account_id, handled_by_id, id);
CREATE INDEX data_requests_received_at_idx ON data_requests (account_id, received_at, id);

CREATE TABLE grants (
    account_id          uuid NOT NULL,
    id                  uuid NOT NULL,
    group_id            uuid NOT NULL,
    resource            text COLLATE "C" NOT NULL,
    verb                text COLLATE "C" NOT NULL CHECK (verb IN ('read', 'read_clear', 'write', 'export', 'delete', 'erase', 'manage')),
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
CREATE INDEX group_members_user_id_everywhere_idx ON group_members (user_id, account_id, id);

CREATE TABLE imports (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    upload_id       uuid NOT NULL,
    list_id         uuid,
    requested_by_id uuid,
    api_key_id      uuid,
    principal       jsonb NOT NULL,
    plan            jsonb NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    input_hash      bytea NOT NULL,
    is_dry_run      boolean NOT NULL,
    format          text COLLATE "C" CHECK (format IN ('bundle', 'listmonk', 'mailchimp', 'mapped')),
    state           text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled', 'expired')),
    claim_number    bigint NOT NULL,
    lease_until     bigint,
    attempts        bigint NOT NULL,
    bytes_expected  bigint,
    bytes_done      bigint NOT NULL,
    rows_expected   bigint,
    rows_done       bigint NOT NULL,
    rows_added      bigint NOT NULL,
    rows_changed    bigint NOT NULL,
    rows_unchanged  bigint NOT NULL,
    rows_suppressed bigint NOT NULL,
    rows_rejected   bigint NOT NULL,
    report          jsonb,
    rejects_name    text COLLATE "C",
    rejects_sha256  text COLLATE "C",
    started_at      timestamptz,
    finished_at     timestamptz,
    expires_at      timestamptz,
    error_code      text COLLATE "C",
    error_message   text COLLATE "C",
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT imports_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT imports_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT imports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT imports_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT imports_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT imports_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX imports_list_id_idx ON imports (account_id, list_id, id);
CREATE INDEX imports_upload_id_idx ON imports (account_id, upload_id, id);
CREATE INDEX imports_state_idx ON imports (account_id, state, id);
CREATE INDEX imports_created_at_idx ON imports (account_id, created_at, id);
CREATE INDEX imports_started_at_idx ON imports (account_id, started_at, id);
CREATE INDEX imports_expires_at_idx ON imports (account_id, expires_at, id);
CREATE INDEX imports_state_everywhere_idx ON imports (state, account_id, id);

CREATE TABLE invitations (
    account_id            uuid NOT NULL,
    id                    uuid NOT NULL,
    group_id              uuid NOT NULL,
    email                 text COLLATE "C" NOT NULL,
    email_normalized      text COLLATE "C" NOT NULL,
    membership_expires_at timestamptz,
    invited_by_id         uuid,
    expires_at            timestamptz NOT NULL,
    created_at            timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT invitations_group_id_email_normalized_key UNIQUE (account_id, group_id, email_normalized),
    CONSTRAINT invitations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT invitations_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT invitations_invited_by_id_fkey FOREIGN KEY (invited_by_id) REFERENCES users (id) ON DELETE NO ACTION
);
CREATE INDEX invitations_email_normalized_idx ON invitations (account_id, email_normalized, id);
CREATE INDEX invitations_group_id_idx ON invitations (account_id, group_id, id);
CREATE INDEX invitations_invited_by_id_idx ON invitations (account_id, invited_by_id, id);

CREATE TABLE suppression_tokens (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    token              bytea NOT NULL,
    key_version        bigint NOT NULL,
    normalizer_version bigint NOT NULL,
    reason             text COLLATE "C" NOT NULL CHECK (reason IN ('erased', 'objected')),
    erasure_id         uuid,
    expires_at         timestamptz,
    lifted_at          timestamptz,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_tokens_token_key UNIQUE (account_id, token),
    CONSTRAINT suppression_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT suppression_tokens_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX suppression_tokens_erasure_id_idx ON suppression_tokens (account_id, erasure_id, id);

CREATE TABLE transfers (
    account_id        uuid NOT NULL,
    id                uuid NOT NULL,
    export_id         uuid NOT NULL,
    requested_by_id   uuid,
    api_key_id        uuid,
    principal         jsonb NOT NULL,
    plan              jsonb NOT NULL,
    idempotency_key   text COLLATE "C" NOT NULL,
    input_hash        bytea NOT NULL,
    protocol          text COLLATE "C" NOT NULL CHECK (protocol IN ('put', 'post', 'postern')),
    target            text COLLATE "C" NOT NULL,
    credential_sealed bytea,
    state             text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled')),
    claim_number      bigint NOT NULL,
    lease_until       bigint,
    attempts          bigint NOT NULL,
    bytes_expected    bigint,
    bytes_done        bigint NOT NULL,
    receiver_status   bigint,
    receiver_upload   text COLLATE "C",
    receiver_import   text COLLATE "C",
    started_at        timestamptz,
    finished_at       timestamptz,
    error_code        text COLLATE "C",
    error_message     text COLLATE "C",
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT transfers_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT transfers_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT transfers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_export_id_fkey FOREIGN KEY (account_id, export_id) REFERENCES exports (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transfers_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX transfers_export_id_idx ON transfers (account_id, export_id, id);
CREATE INDEX transfers_state_idx ON transfers (account_id, state, id);
CREATE INDEX transfers_created_at_idx ON transfers (account_id, created_at, id);
CREATE INDEX transfers_started_at_idx ON transfers (account_id, started_at, id);
CREATE INDEX transfers_state_everywhere_idx ON transfers (state, account_id, id);

CREATE TABLE uploads (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    uploaded_by_id uuid,
    api_key_id     uuid,
    size           bigint,
    sha256         text COLLATE "C",
    expires_at     timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT uploads_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT uploads_uploaded_by_id_fkey FOREIGN KEY (uploaded_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT uploads_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX uploads_uploaded_by_id_idx ON uploads (account_id, uploaded_by_id, id);
CREATE INDEX uploads_api_key_id_idx ON uploads (account_id, api_key_id, id);
CREATE INDEX uploads_expires_at_idx ON uploads (account_id, expires_at, id);

CREATE TABLE visitors (
    account_id    uuid NOT NULL,
    id            uuid NOT NULL,
    subscriber_id uuid,
    cookie_id     text COLLATE "C" NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT visitors_cookie_id_key UNIQUE (account_id, cookie_id),
    CONSTRAINT visitors_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT visitors_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX visitors_subscriber_id_first_seen_at_idx ON visitors (account_id, subscriber_id, first_seen_at, id);
CREATE INDEX visitors_first_seen_at_idx ON visitors (account_id, first_seen_at, id);

CREATE TABLE page_visits (
    account_id    uuid NOT NULL,
    id            uuid NOT NULL,
    subscriber_id uuid,
    visitor_id    uuid,
    campaign_id   uuid,
    url           text COLLATE "C" NOT NULL,
    title         text COLLATE "C",
    referer       text COLLATE "C",
    ip_address    text COLLATE "C",
    user_agent    text COLLATE "C",
    languages     text COLLATE "C",
    visited_at    timestamptz NOT NULL,
    source        text COLLATE "C",
    external_id   text COLLATE "C",
    PRIMARY KEY (account_id, id),
    CONSTRAINT page_visits_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT page_visits_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT page_visits_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT page_visits_visitor_id_fkey FOREIGN KEY (account_id, visitor_id) REFERENCES visitors (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT page_visits_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
);
CREATE INDEX page_visits_subscriber_id_visited_at_idx ON page_visits (account_id, subscriber_id, visited_at, id);
CREATE INDEX page_visits_visitor_id_visited_at_idx ON page_visits (account_id, visitor_id, visited_at, id);
CREATE INDEX page_visits_campaign_id_visited_at_idx ON page_visits (account_id, campaign_id, visited_at, id);
