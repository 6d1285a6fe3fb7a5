-- Every table as the entities say it, by `postern schema draft`.

CREATE TABLE backups (
    id         BLOB NOT NULL CHECK (length(id) = 16),
    label      TEXT NOT NULL,
    location   TEXT,
    made_at    INTEGER NOT NULL,
    purge_at   INTEGER NOT NULL,
    purged_at  INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX backups_made_at_idx ON backups (made_at, id);
CREATE INDEX backups_purge_at_idx ON backups (purge_at, id);

CREATE TABLE installations (
    id                   BLOB NOT NULL CHECK (length(id) = 16),
    key_ring_fingerprint TEXT NOT NULL,
    is_demo              INTEGER NOT NULL CHECK (is_demo IN (0, 1)),
    generation           INTEGER NOT NULL,
    access_version       INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE plans (
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    name               TEXT NOT NULL,
    description        TEXT,
    price_minor        INTEGER NOT NULL,
    currency           TEXT NOT NULL,
    billing_interval   TEXT NOT NULL CHECK (billing_interval IN ('once', 'month', 'year')),
    subscriber_limit   INTEGER,
    monthly_mail_limit INTEGER,
    is_public          INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    status             TEXT NOT NULL CHECK (status IN ('offered', 'retired')),
    source             TEXT,
    external_id        TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT plans_name_key UNIQUE (name),
    CONSTRAINT plans_source_external_id_key UNIQUE (source, external_id)
) STRICT;
CREATE INDEX plans_created_at_idx ON plans (created_at, id);

CREATE TABLE accounts (
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    name               TEXT NOT NULL,
    company_name       TEXT,
    first_name         TEXT,
    last_name          TEXT,
    email              TEXT NOT NULL,
    phone              TEXT,
    address_line_1     TEXT,
    address_line_2     TEXT,
    city               TEXT,
    zone               TEXT,
    postal_code        TEXT,
    country            TEXT,
    vat_number         TEXT,
    website            TEXT,
    timezone           TEXT NOT NULL,
    locale             TEXT NOT NULL,
    is_platform        INTEGER NOT NULL CHECK (is_platform IN (0, 1)),
    status             TEXT NOT NULL CHECK (status IN ('pending_confirm', 'pending_approval', 'active', 'inactive', 'suspended', 'disabled', 'pending_delete', 'deleted')),
    status_when_closed TEXT CHECK (status_when_closed IN ('pending_confirm', 'pending_approval', 'active', 'inactive', 'suspended', 'disabled', 'pending_delete', 'deleted')),
    closed_at          INTEGER,
    plan_id            BLOB CHECK (length(plan_id) = 16),
    source             TEXT,
    external_id        TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT accounts_name_key UNIQUE (name),
    CONSTRAINT accounts_source_external_id_key UNIQUE (source, external_id),
    CONSTRAINT accounts_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX accounts_plan_id_idx ON accounts (plan_id, id);

CREATE TABLE api_usage_days (
    account_id            BLOB NOT NULL CHECK (length(account_id) = 16),
    id                    BLOB NOT NULL CHECK (length(id) = 16),
    starts_at             INTEGER NOT NULL,
    operation             TEXT NOT NULL,
    request_count         INTEGER NOT NULL DEFAULT 0,
    error_count           INTEGER NOT NULL DEFAULT 0,
    row_count             INTEGER NOT NULL DEFAULT 0,
    personal_row_count    INTEGER NOT NULL DEFAULT 0,
    byte_count            INTEGER NOT NULL DEFAULT 0,
    duration_milliseconds INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_usage_days_starts_at_operation_key UNIQUE (account_id, starts_at, operation),
    CONSTRAINT api_usage_days_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX api_usage_days_operation_starts_at_idx ON api_usage_days (account_id, operation, starts_at, id);

CREATE TABLE arrivals (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    PRIMARY KEY (account_id, id),
    CONSTRAINT arrivals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;

CREATE TABLE audit_events (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    actor_kind         TEXT NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'operator', 'system')),
    actor_id           BLOB CHECK (length(actor_id) = 16),
    action             TEXT NOT NULL,
    resource           TEXT,
    object_id          BLOB CHECK (length(object_id) = 16),
    document_hash      TEXT,
    row_count          INTEGER NOT NULL DEFAULT 0,
    personal_row_count INTEGER NOT NULL DEFAULT 0,
    outcome            TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused', 'failed')),
    error_code         TEXT,
    request_id         BLOB CHECK (length(request_id) = 16),
    happened_at        INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT audit_events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX audit_events_happened_at_idx ON audit_events (account_id, happened_at, id);
CREATE INDEX audit_events_actor_id_idx ON audit_events (account_id, actor_id, id);

CREATE TABLE audit_seals (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    number         INTEGER NOT NULL,
    event_count    INTEGER NOT NULL DEFAULT 0,
    first_event_id BLOB NOT NULL CHECK (length(first_event_id) = 16),
    last_event_id  BLOB NOT NULL CHECK (length(last_event_id) = 16),
    root           TEXT NOT NULL,
    previous_hash  TEXT NOT NULL,
    sealed_at      INTEGER NOT NULL,
    key_id         TEXT NOT NULL,
    hash           TEXT NOT NULL,
    signature      TEXT NOT NULL,
    leaves         BLOB NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT audit_seals_number_key UNIQUE (account_id, number),
    CONSTRAINT audit_seals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX audit_seals_last_event_id_idx ON audit_seals (account_id, last_event_id, id);

CREATE TABLE bounce_servers (
    account_id            BLOB NOT NULL CHECK (length(account_id) = 16),
    id                    BLOB NOT NULL CHECK (length(id) = 16),
    name                  TEXT NOT NULL,
    hostname              TEXT NOT NULL,
    port                  INTEGER NOT NULL,
    service               TEXT NOT NULL CHECK (service IN ('imap', 'pop3')),
    protocol              TEXT NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    validates_certificate INTEGER NOT NULL CHECK (validates_certificate IN (0, 1)),
    username              TEXT,
    password              TEXT,
    secrets_changed_at    INTEGER,
    return_path           TEXT,
    folder                TEXT,
    scan_interval_seconds INTEGER,
    deletes_messages      INTEGER NOT NULL CHECK (deletes_messages IN (0, 1)),
    status                TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'disabled', 'pending_delete')),
    source                TEXT,
    external_id           TEXT,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT bounce_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT bounce_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX bounce_servers_name_idx ON bounce_servers (account_id, name, id);
CREATE INDEX bounce_servers_created_at_idx ON bounce_servers (account_id, created_at, id);

CREATE TABLE campaign_groups (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    source      TEXT,
    external_id TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_groups_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaign_groups_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX campaign_groups_name_idx ON campaign_groups (account_id, name, id);
CREATE INDEX campaign_groups_created_at_idx ON campaign_groups (account_id, created_at, id);

CREATE TABLE campaign_tags (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    tag         TEXT NOT NULL,
    content     TEXT NOT NULL,
    is_random   INTEGER NOT NULL CHECK (is_random IN (0, 1)),
    source      TEXT,
    external_id TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_tags_tag_key UNIQUE (account_id, tag),
    CONSTRAINT campaign_tags_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaign_tags_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX campaign_tags_created_at_idx ON campaign_tags (account_id, created_at, id);

CREATE TABLE email_box_monitors (
    account_id            BLOB NOT NULL CHECK (length(account_id) = 16),
    id                    BLOB NOT NULL CHECK (length(id) = 16),
    name                  TEXT NOT NULL,
    email                 TEXT,
    hostname              TEXT NOT NULL,
    port                  INTEGER NOT NULL,
    service               TEXT NOT NULL CHECK (service IN ('imap', 'pop3')),
    protocol              TEXT NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    validates_certificate INTEGER NOT NULL CHECK (validates_certificate IN (0, 1)),
    username              TEXT,
    password              TEXT,
    secrets_changed_at    INTEGER,
    identify_by           TEXT NOT NULL CHECK (identify_by IN ('email', 'subscriber', 'either')),
    conditions            TEXT CHECK (json_valid(conditions)),
    folder                TEXT,
    scan_interval_seconds INTEGER,
    deletes_messages      INTEGER NOT NULL CHECK (deletes_messages IN (0, 1)),
    status                TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'disabled', 'pending_delete')),
    source                TEXT,
    external_id           TEXT,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT email_box_monitors_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT email_box_monitors_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX email_box_monitors_name_idx ON email_box_monitors (account_id, name, id);
CREATE INDEX email_box_monitors_created_at_idx ON email_box_monitors (account_id, created_at, id);

CREATE TABLE feedback_loop_servers (
    account_id            BLOB NOT NULL CHECK (length(account_id) = 16),
    id                    BLOB NOT NULL CHECK (length(id) = 16),
    name                  TEXT NOT NULL,
    hostname              TEXT NOT NULL,
    port                  INTEGER NOT NULL,
    service               TEXT NOT NULL CHECK (service IN ('imap', 'pop3')),
    protocol              TEXT NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    validates_certificate INTEGER NOT NULL CHECK (validates_certificate IN (0, 1)),
    username              TEXT,
    password              TEXT,
    secrets_changed_at    INTEGER,
    folder                TEXT,
    scan_interval_seconds INTEGER,
    deletes_messages      INTEGER NOT NULL CHECK (deletes_messages IN (0, 1)),
    status                TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'disabled', 'pending_delete')),
    source                TEXT,
    external_id           TEXT,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT feedback_loop_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT feedback_loop_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX feedback_loop_servers_name_idx ON feedback_loop_servers (account_id, name, id);
CREATE INDEX feedback_loop_servers_created_at_idx ON feedback_loop_servers (account_id, created_at, id);

CREATE TABLE invoices (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    plan_id        BLOB CHECK (length(plan_id) = 16),
    number         TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('draft', 'due', 'paid', 'failed', 'refunded', 'void')),
    currency       TEXT NOT NULL,
    subtotal_minor INTEGER NOT NULL,
    tax_minor      INTEGER NOT NULL,
    total_minor    INTEGER NOT NULL,
    billed_name    TEXT,
    billed_address TEXT,
    vat_number     TEXT,
    portal_url     TEXT,
    note           TEXT,
    issued_at      INTEGER NOT NULL,
    due_at         INTEGER,
    source         TEXT,
    external_id    TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT invoices_number_key UNIQUE (account_id, number),
    CONSTRAINT invoices_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT invoices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT invoices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX invoices_issued_at_idx ON invoices (account_id, issued_at, id);
CREATE INDEX invoices_plan_id_issued_at_idx ON invoices (account_id, plan_id, issued_at, id);

CREATE TABLE lists (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    name               TEXT NOT NULL,
    display_name       TEXT,
    description        TEXT,
    visibility         TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    opt_in             TEXT NOT NULL CHECK (opt_in IN ('single', 'double')),
    default_from_name  TEXT,
    default_from_email TEXT,
    default_reply_to   TEXT,
    status             TEXT NOT NULL CHECK (status IN ('active', 'archived', 'pending_delete')),
    profile_count      INTEGER NOT NULL DEFAULT 0,
    subscribed_count   INTEGER NOT NULL DEFAULT 0,
    unsubscribed_count INTEGER NOT NULL DEFAULT 0,
    cleaned_count      INTEGER NOT NULL DEFAULT 0,
    source             TEXT,
    external_id        TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT lists_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT lists_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX lists_name_idx ON lists (account_id, name, id);
CREATE INDEX lists_created_at_idx ON lists (account_id, created_at, id);

CREATE TABLE list_days (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    list_id            BLOB NOT NULL CHECK (length(list_id) = 16),
    starts_at          INTEGER NOT NULL,
    joined_count       INTEGER NOT NULL DEFAULT 0,
    subscribed_count   INTEGER NOT NULL DEFAULT 0,
    lost_count         INTEGER NOT NULL DEFAULT 0,
    unsubscribed_count INTEGER NOT NULL DEFAULT 0,
    cleaned_count      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id),
    CONSTRAINT list_days_list_id_starts_at_key UNIQUE (account_id, list_id, starts_at),
    CONSTRAINT list_days_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT list_days_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
) STRICT;

CREATE TABLE list_fields (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    list_id             BLOB NOT NULL CHECK (length(list_id) = 16),
    tag                 TEXT NOT NULL,
    label               TEXT NOT NULL,
    help_text           TEXT,
    kind                TEXT NOT NULL CHECK (kind IN ('text', 'textarea', 'email', 'url', 'phone', 'number', 'date', 'datetime', 'boolean', 'choice', 'multiple_choice', 'country', 'state', 'city', 'rating', 'consent', 'address', 'birthday', 'postal_code')),
    is_required         INTEGER NOT NULL CHECK (is_required IN (0, 1)),
    default_value       TEXT,
    sort_order          INTEGER NOT NULL,
    options             TEXT CHECK (json_valid(options)),
    personal_data_class TEXT CHECK (personal_data_class IN ('none', 'contact', 'identity', 'location', 'behaviour', 'preference', 'special')),
    source              TEXT,
    external_id         TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT list_fields_list_id_tag_key UNIQUE (account_id, list_id, tag),
    CONSTRAINT list_fields_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT list_fields_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT list_fields_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
) STRICT;

CREATE TABLE messages (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('unseen', 'seen')),
    read_at     INTEGER,
    source      TEXT,
    external_id TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT messages_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX messages_created_at_idx ON messages (account_id, created_at, id);

CREATE TABLE payments (
    account_id        BLOB NOT NULL CHECK (length(account_id) = 16),
    id                BLOB NOT NULL CHECK (length(id) = 16),
    invoice_id        BLOB NOT NULL CHECK (length(invoice_id) = 16),
    amount_minor      INTEGER NOT NULL,
    currency          TEXT NOT NULL,
    method            TEXT NOT NULL CHECK (method IN ('card', 'bank_transfer', 'direct_debit', 'wallet', 'other')),
    gateway           TEXT,
    gateway_reference TEXT,
    response          TEXT CHECK (json_valid(response)),
    status            TEXT NOT NULL CHECK (status IN ('pending', 'success', 'failed', 'refunded')),
    paid_at           INTEGER,
    source            TEXT,
    external_id       TEXT,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT payments_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT payments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT payments_invoice_id_fkey FOREIGN KEY (account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX payments_invoice_id_created_at_idx ON payments (account_id, invoice_id, created_at, id);
CREATE INDEX payments_created_at_idx ON payments (account_id, created_at, id);

CREATE TABLE policy_versions (
    id             BLOB NOT NULL CHECK (length(id) = 16),
    kind           TEXT NOT NULL CHECK (kind IN ('privacy_policy', 'terms_of_service', 'data_processing_agreement', 'cookie_policy', 'other')),
    version        TEXT NOT NULL,
    title          TEXT NOT NULL,
    url            TEXT,
    body           TEXT,
    is_significant INTEGER NOT NULL CHECK (is_significant IN (0, 1)),
    published_at   INTEGER NOT NULL,
    effective_at   INTEGER NOT NULL,
    source         TEXT,
    external_id    TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT policy_versions_kind_version_key UNIQUE (kind, version),
    CONSTRAINT policy_versions_source_external_id_key UNIQUE (source, external_id)
) STRICT;
CREATE INDEX policy_versions_published_at_idx ON policy_versions (published_at, id);

CREATE TABLE segments (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    list_id             BLOB NOT NULL CHECK (length(list_id) = 16),
    name                TEXT NOT NULL,
    match_kind          TEXT NOT NULL CHECK (match_kind IN ('all', 'any')),
    conditions          TEXT CHECK (json_valid(conditions)),
    campaign_conditions TEXT CHECK (json_valid(campaign_conditions)),
    subscriber_count    INTEGER,
    last_built_at       INTEGER,
    status              TEXT NOT NULL CHECK (status IN ('active', 'building', 'failed', 'archived')),
    source              TEXT,
    external_id         TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT segments_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT segments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT segments_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX segments_list_id_idx ON segments (account_id, list_id, id);
CREATE INDEX segments_list_id_created_at_idx ON segments (account_id, list_id, created_at, id);
CREATE INDEX segments_name_idx ON segments (account_id, name, id);
CREATE INDEX segments_created_at_idx ON segments (account_id, created_at, id);

CREATE TABLE sending_domains (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    name               TEXT NOT NULL,
    dkim_selector      TEXT,
    dkim_public_key    TEXT,
    dkim_private_key   TEXT,
    secrets_changed_at INTEGER,
    spf_value          TEXT,
    dmarc_value        TEXT,
    is_signing         INTEGER NOT NULL CHECK (is_signing IN (0, 1)),
    is_locked          INTEGER NOT NULL CHECK (is_locked IN (0, 1)),
    status             TEXT NOT NULL CHECK (status IN ('pending_dns', 'verified', 'failed', 'revoked')),
    verified_at        INTEGER,
    last_checked_at    INTEGER,
    source             TEXT,
    external_id        TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT sending_domains_name_key UNIQUE (account_id, name),
    CONSTRAINT sending_domains_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT sending_domains_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX sending_domains_created_at_idx ON sending_domains (account_id, created_at, id);

CREATE TABLE sub_processors (
    id              BLOB NOT NULL CHECK (length(id) = 16),
    name            TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    country         TEXT NOT NULL,
    safeguard       TEXT,
    website         TEXT,
    data_categories TEXT CHECK (json_valid(data_categories)),
    engaged_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    source          TEXT,
    external_id     TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sub_processors_source_external_id_key UNIQUE (source, external_id)
) STRICT;
CREATE INDEX sub_processors_name_idx ON sub_processors (name, id);
CREATE INDEX sub_processors_created_at_idx ON sub_processors (created_at, id);

CREATE TABLE subscribers (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    email            TEXT NOT NULL,
    email_normalized TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'blocklisted')),
    first_name       TEXT,
    last_name        TEXT,
    phone            TEXT,
    language         TEXT,
    timezone         TEXT,
    country          TEXT,
    city             TEXT,
    last_active_at   INTEGER,
    source           TEXT,
    external_id      TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT subscribers_email_normalized_key UNIQUE (account_id, email_normalized),
    CONSTRAINT subscribers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT subscribers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX subscribers_created_at_idx ON subscribers (account_id, created_at, id);
CREATE INDEX subscribers_last_active_at_idx ON subscribers (account_id, last_active_at, id);
CREATE INDEX subscribers_status_idx ON subscribers (account_id, status, id);

CREATE TABLE consents (
    account_id    BLOB NOT NULL CHECK (length(account_id) = 16),
    id            BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id BLOB NOT NULL CHECK (length(subscriber_id) = 16),
    list_id       BLOB CHECK (length(list_id) = 16),
    purpose       TEXT NOT NULL,
    preference    TEXT NOT NULL CHECK (preference IN ('opt_in', 'opt_out', 'acknowledge')),
    mechanism     TEXT NOT NULL CHECK (mechanism IN ('opt_in', 'opt_out', 'notice_only')),
    legal_basis   TEXT NOT NULL CHECK (legal_basis IN ('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'vital_interest', 'public_task')),
    text_version  TEXT,
    statement     TEXT,
    given_at      INTEGER NOT NULL,
    ip_address    TEXT,
    user_agent    TEXT,
    withdrawn_at  INTEGER,
    source        TEXT,
    external_id   TEXT,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT consents_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT consents_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT consents_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT consents_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX consents_subscriber_id_given_at_idx ON consents (account_id, subscriber_id, given_at, id);
CREATE INDEX consents_list_id_idx ON consents (account_id, list_id, id);

CREATE TABLE disclosures (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    recipient        TEXT NOT NULL,
    recipient_kind   TEXT NOT NULL CHECK (recipient_kind IN ('sub_processor', 'authority', 'controller', 'partner', 'other')),
    sub_processor_id BLOB CHECK (length(sub_processor_id) = 16),
    about            TEXT CHECK (about IN ('person', 'people')),
    subscriber_id    BLOB CHECK (length(subscriber_id) = 16),
    data_categories  TEXT NOT NULL CHECK (json_valid(data_categories)),
    purpose          TEXT NOT NULL,
    legal_basis      TEXT NOT NULL CHECK (legal_basis IN ('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'vital_interest', 'public_task')),
    instrument       TEXT,
    is_sale          INTEGER NOT NULL CHECK (is_sale IN (0, 1)),
    disclosed_at     INTEGER NOT NULL,
    source           TEXT,
    external_id      TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT disclosures_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT disclosures_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT disclosures_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION,
    CONSTRAINT disclosures_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX disclosures_sub_processor_id_idx ON disclosures (account_id, sub_processor_id, id);
CREATE INDEX disclosures_subscriber_id_disclosed_at_idx ON disclosures (account_id, subscriber_id, disclosed_at, id);
CREATE INDEX disclosures_disclosed_at_idx ON disclosures (account_id, disclosed_at, id);

CREATE TABLE processing_restrictions (
    account_id    BLOB NOT NULL CHECK (length(account_id) = 16),
    id            BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id BLOB CHECK (length(subscriber_id) = 16),
    kind          TEXT NOT NULL CHECK (kind IN ('restricted', 'objection', 'dispute')),
    purpose       TEXT,
    reason        TEXT,
    starts_at     INTEGER NOT NULL,
    ends_at       INTEGER,
    lifted_at     INTEGER,
    source        TEXT,
    external_id   TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT processing_restrictions_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT processing_restrictions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT processing_restrictions_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX processing_restrictions_subscriber_id_starts_at_idx ON processing_restrictions (account_id, subscriber_id, starts_at, id);
CREATE INDEX processing_restrictions_starts_at_idx ON processing_restrictions (account_id, starts_at, id);
CREATE INDEX processing_restrictions_lifted_at_idx ON processing_restrictions (account_id, lifted_at, id);

CREATE TABLE suppression_lists (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    description TEXT,
    source      TEXT,
    external_id TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_lists_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT suppression_lists_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX suppression_lists_name_idx ON suppression_lists (account_id, name, id);
CREATE INDEX suppression_lists_created_at_idx ON suppression_lists (account_id, created_at, id);

CREATE TABLE suppression_entries (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    suppression_list_id BLOB CHECK (length(suppression_list_id) = 16),
    email               TEXT NOT NULL,
    email_normalized    TEXT NOT NULL,
    reason              TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'complaint', 'hard_bounce', 'invalid_email', 'manual')),
    comment             TEXT,
    expires_at          INTEGER,
    source              TEXT,
    external_id         TEXT,
    created_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_entries_email_normalized_key UNIQUE (account_id, email_normalized),
    CONSTRAINT suppression_entries_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT suppression_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT suppression_entries_suppression_list_id_fkey FOREIGN KEY (account_id, suppression_list_id) REFERENCES suppression_lists (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX suppression_entries_created_at_idx ON suppression_entries (account_id, created_at, id);
CREATE INDEX suppression_entries_suppression_list_id_created_at_idx ON suppression_entries (account_id, suppression_list_id, created_at, id);

CREATE TABLE template_categories (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    source      TEXT,
    external_id TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT template_categories_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT template_categories_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX template_categories_name_idx ON template_categories (account_id, name, id);
CREATE INDEX template_categories_created_at_idx ON template_categories (account_id, created_at, id);

CREATE TABLE templates (
    account_id           BLOB NOT NULL CHECK (length(account_id) = 16),
    id                   BLOB NOT NULL CHECK (length(id) = 16),
    template_category_id BLOB CHECK (length(template_category_id) = 16),
    name                 TEXT NOT NULL,
    kind                 TEXT NOT NULL CHECK (kind IN ('campaign', 'visual', 'transactional')),
    subject              TEXT,
    html_body            TEXT,
    plain_body           TEXT,
    design               TEXT CHECK (json_valid(design)),
    is_default           INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    status               TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    source               TEXT,
    external_id          TEXT,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT templates_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT templates_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT templates_template_category_id_fkey FOREIGN KEY (account_id, template_category_id) REFERENCES template_categories (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX templates_template_category_id_created_at_idx ON templates (account_id, template_category_id, created_at, id);
CREATE INDEX templates_name_idx ON templates (account_id, name, id);
CREATE INDEX templates_created_at_idx ON templates (account_id, created_at, id);

CREATE TABLE tracking_domains (
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    id              BLOB NOT NULL CHECK (length(id) = 16),
    name            TEXT NOT NULL,
    scheme          TEXT NOT NULL CHECK (scheme IN ('http', 'https')),
    status          TEXT NOT NULL CHECK (status IN ('pending_dns', 'verified', 'failed', 'revoked')),
    verified_at     INTEGER,
    last_checked_at INTEGER,
    source          TEXT,
    external_id     TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT tracking_domains_name_key UNIQUE (account_id, name),
    CONSTRAINT tracking_domains_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT tracking_domains_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX tracking_domains_created_at_idx ON tracking_domains (account_id, created_at, id);

CREATE TABLE campaigns (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    list_id            BLOB CHECK (length(list_id) = 16),
    segment_id         BLOB CHECK (length(segment_id) = 16),
    template_id        BLOB CHECK (length(template_id) = 16),
    campaign_group_id  BLOB CHECK (length(campaign_group_id) = 16),
    tracking_domain_id BLOB CHECK (length(tracking_domain_id) = 16),
    list_name          TEXT,
    name               TEXT NOT NULL,
    subject            TEXT NOT NULL,
    preheader          TEXT,
    from_name          TEXT,
    from_email         TEXT,
    reply_to           TEXT,
    kind               TEXT NOT NULL CHECK (kind IN ('regular', 'autoresponder', 'opt_in', 'rss', 'triggered', 'ab_test')),
    html_body          TEXT,
    plain_body         TEXT,
    send_at            INTEGER,
    started_at         INTEGER,
    finished_at        INTEGER,
    status             TEXT NOT NULL CHECK (status IN ('draft', 'pending_approval', 'scheduled', 'processing', 'sending', 'paused', 'sent', 'cancelled', 'blocked', 'pending_delete')),
    delivery_count     INTEGER NOT NULL DEFAULT 0,
    open_count         INTEGER NOT NULL DEFAULT 0,
    unique_open_count  INTEGER NOT NULL DEFAULT 0,
    click_count        INTEGER NOT NULL DEFAULT 0,
    unique_click_count INTEGER NOT NULL DEFAULT 0,
    bounce_count       INTEGER NOT NULL DEFAULT 0,
    complaint_count    INTEGER NOT NULL DEFAULT 0,
    unsubscribe_count  INTEGER NOT NULL DEFAULT 0,
    source             TEXT,
    external_id        TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaigns_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT campaigns_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_template_id_fkey FOREIGN KEY (account_id, template_id) REFERENCES templates (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_segment_id_fkey FOREIGN KEY (account_id, segment_id) REFERENCES segments (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_campaign_group_id_fkey FOREIGN KEY (account_id, campaign_group_id) REFERENCES campaign_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT campaigns_tracking_domain_id_fkey FOREIGN KEY (account_id, tracking_domain_id) REFERENCES tracking_domains (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX campaigns_list_id_idx ON campaigns (account_id, list_id, id);
CREATE INDEX campaigns_list_id_created_at_idx ON campaigns (account_id, list_id, created_at, id);
CREATE INDEX campaigns_created_at_idx ON campaigns (account_id, created_at, id);
CREATE INDEX campaigns_send_at_idx ON campaigns (account_id, send_at, id);
CREATE INDEX campaigns_segment_id_created_at_idx ON campaigns (account_id, segment_id, created_at, id);
CREATE INDEX campaigns_template_id_created_at_idx ON campaigns (account_id, template_id, created_at, id);
CREATE INDEX campaigns_campaign_group_id_created_at_idx ON campaigns (account_id, campaign_group_id, created_at, id);
CREATE INDEX campaigns_tracking_domain_id_idx ON campaigns (account_id, tracking_domain_id, id);

CREATE TABLE campaign_breakdowns (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    campaign_id        BLOB NOT NULL CHECK (length(campaign_id) = 16),
    dimension          TEXT NOT NULL CHECK (dimension IN ('country', 'browser', 'operating_system', 'device', 'kind')),
    value              TEXT NOT NULL,
    open_count         INTEGER NOT NULL DEFAULT 0,
    unique_open_count  INTEGER NOT NULL DEFAULT 0,
    click_count        INTEGER NOT NULL DEFAULT 0,
    unique_click_count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_breakdowns_campaign_id_dimension_value_key UNIQUE (account_id, campaign_id, dimension, value),
    CONSTRAINT campaign_breakdowns_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaign_breakdowns_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX campaign_breakdowns_campaign_id_idx ON campaign_breakdowns (account_id, campaign_id, id);

CREATE TABLE campaign_buckets (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    campaign_id        BLOB NOT NULL CHECK (length(campaign_id) = 16),
    size               TEXT NOT NULL CHECK (size IN ('hour', 'day')),
    starts_at          INTEGER NOT NULL,
    delivery_count     INTEGER NOT NULL DEFAULT 0,
    open_count         INTEGER NOT NULL DEFAULT 0,
    unique_open_count  INTEGER NOT NULL DEFAULT 0,
    click_count        INTEGER NOT NULL DEFAULT 0,
    unique_click_count INTEGER NOT NULL DEFAULT 0,
    bounce_count       INTEGER NOT NULL DEFAULT 0,
    complaint_count    INTEGER NOT NULL DEFAULT 0,
    unsubscribe_count  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_buckets_campaign_id_size_starts_at_key UNIQUE (account_id, campaign_id, size, starts_at),
    CONSTRAINT campaign_buckets_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaign_buckets_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX campaign_buckets_campaign_id_starts_at_idx ON campaign_buckets (account_id, campaign_id, starts_at, id);

CREATE TABLE campaign_links (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    campaign_id        BLOB NOT NULL CHECK (length(campaign_id) = 16),
    url                TEXT NOT NULL,
    click_count        INTEGER NOT NULL DEFAULT 0,
    unique_click_count INTEGER NOT NULL DEFAULT 0,
    created_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT campaign_links_campaign_id_url_key UNIQUE (account_id, campaign_id, url),
    CONSTRAINT campaign_links_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT campaign_links_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX campaign_links_campaign_id_idx ON campaign_links (account_id, campaign_id, id);

CREATE TABLE delivery_servers (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    name               TEXT NOT NULL,
    kind               TEXT NOT NULL,
    hostname           TEXT NOT NULL,
    port               INTEGER NOT NULL,
    protocol           TEXT NOT NULL CHECK (protocol IN ('plain', 'start_tls', 'tls', 'https')),
    username           TEXT,
    password           TEXT,
    api_key            TEXT,
    webhook_secret     TEXT,
    additional_headers TEXT CHECK (json_valid(additional_headers)),
    from_name          TEXT,
    from_email         TEXT,
    reply_to           TEXT,
    use_for            TEXT NOT NULL CHECK (use_for IN ('all', 'campaigns', 'transactional')),
    bounce_server_id   BLOB CHECK (length(bounce_server_id) = 16),
    tracking_domain_id BLOB CHECK (length(tracking_domain_id) = 16),
    hourly_quota       INTEGER,
    status             TEXT NOT NULL CHECK (status IN ('inactive', 'active', 'in_use', 'disabled', 'hidden', 'pending_delete')),
    secrets_changed_at INTEGER,
    source             TEXT,
    external_id        TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT delivery_servers_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT delivery_servers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT delivery_servers_tracking_domain_id_fkey FOREIGN KEY (account_id, tracking_domain_id) REFERENCES tracking_domains (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT delivery_servers_bounce_server_id_fkey FOREIGN KEY (account_id, bounce_server_id) REFERENCES bounce_servers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX delivery_servers_name_idx ON delivery_servers (account_id, name, id);
CREATE INDEX delivery_servers_bounce_server_id_idx ON delivery_servers (account_id, bounce_server_id, id);
CREATE INDEX delivery_servers_tracking_domain_id_idx ON delivery_servers (account_id, tracking_domain_id, id);

CREATE TABLE deliveries (
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    id              BLOB NOT NULL CHECK (length(id) = 16),
    campaign_id     BLOB NOT NULL CHECK (length(campaign_id) = 16),
    subscriber_id   BLOB CHECK (length(subscriber_id) = 16),
    server_id       BLOB CHECK (length(server_id) = 16),
    recipient_email TEXT,
    subject         TEXT,
    message_id      TEXT,
    smtp_response   TEXT,
    status          TEXT NOT NULL CHECK (status IN ('success', 'error', 'fatal_error', 'temporary_error', 'blocked', 'suppressed', 'given_up')),
    retries         INTEGER NOT NULL,
    open_count      INTEGER NOT NULL DEFAULT 0,
    click_count     INTEGER NOT NULL DEFAULT 0,
    sent_at         INTEGER NOT NULL,
    source          TEXT,
    external_id     TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT deliveries_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT deliveries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT deliveries_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT deliveries_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT deliveries_server_id_fkey FOREIGN KEY (account_id, server_id) REFERENCES delivery_servers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX deliveries_campaign_id_sent_at_idx ON deliveries (account_id, campaign_id, sent_at, id);
CREATE INDEX deliveries_subscriber_id_sent_at_idx ON deliveries (account_id, subscriber_id, sent_at, id);
CREATE INDEX deliveries_server_id_idx ON deliveries (account_id, server_id, id);

CREATE TABLE bounces (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    delivery_id      BLOB CHECK (length(delivery_id) = 16),
    campaign_id      BLOB CHECK (length(campaign_id) = 16),
    subscriber_id    BLOB CHECK (length(subscriber_id) = 16),
    bounce_server_id BLOB CHECK (length(bounce_server_id) = 16),
    kind             TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'internal')),
    code             TEXT,
    diagnostic       TEXT,
    raw              BLOB,
    reported_by      TEXT,
    bounced_at       INTEGER NOT NULL,
    source           TEXT,
    external_id      TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT bounces_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT bounces_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT bounces_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT bounces_bounce_server_id_fkey FOREIGN KEY (account_id, bounce_server_id) REFERENCES bounce_servers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX bounces_delivery_id_idx ON bounces (account_id, delivery_id, id);
CREATE INDEX bounces_campaign_id_bounced_at_idx ON bounces (account_id, campaign_id, bounced_at, id);
CREATE INDEX bounces_subscriber_id_bounced_at_idx ON bounces (account_id, subscriber_id, bounced_at, id);
CREATE INDEX bounces_bounce_server_id_idx ON bounces (account_id, bounce_server_id, id);

CREATE TABLE clicks (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    delivery_id      BLOB CHECK (length(delivery_id) = 16),
    campaign_id      BLOB NOT NULL CHECK (length(campaign_id) = 16),
    link_id          BLOB NOT NULL CHECK (length(link_id) = 16),
    subscriber_id    BLOB CHECK (length(subscriber_id) = 16),
    clicked_at       INTEGER NOT NULL,
    ip_address       TEXT,
    user_agent       TEXT,
    referer          TEXT,
    country          TEXT,
    region           TEXT,
    city             TEXT,
    browser          TEXT,
    operating_system TEXT,
    device           TEXT CHECK (device IN ('desktop', 'mobile', 'tablet', 'other')),
    kind             TEXT NOT NULL CHECK (kind IN ('human', 'proxy', 'bot', 'unknown')),
    PRIMARY KEY (account_id, id),
    CONSTRAINT clicks_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT clicks_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT clicks_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT clicks_link_id_fkey FOREIGN KEY (account_id, link_id) REFERENCES campaign_links (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT clicks_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX clicks_delivery_id_idx ON clicks (account_id, delivery_id, id);
CREATE INDEX clicks_campaign_id_clicked_at_idx ON clicks (account_id, campaign_id, clicked_at, id);
CREATE INDEX clicks_link_id_clicked_at_idx ON clicks (account_id, link_id, clicked_at, id);
CREATE INDEX clicks_subscriber_id_clicked_at_idx ON clicks (account_id, subscriber_id, clicked_at, id);

CREATE TABLE complaints (
    account_id              BLOB NOT NULL CHECK (length(account_id) = 16),
    id                      BLOB NOT NULL CHECK (length(id) = 16),
    delivery_id             BLOB CHECK (length(delivery_id) = 16),
    campaign_id             BLOB CHECK (length(campaign_id) = 16),
    subscriber_id           BLOB CHECK (length(subscriber_id) = 16),
    feedback_loop_server_id BLOB CHECK (length(feedback_loop_server_id) = 16),
    kind                    TEXT NOT NULL CHECK (kind IN ('abuse', 'fraud', 'virus', 'not_spam', 'other')),
    reported_by             TEXT,
    message                 TEXT,
    raw                     BLOB,
    complained_at           INTEGER NOT NULL,
    source                  TEXT,
    external_id             TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT complaints_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT complaints_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT complaints_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT complaints_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT complaints_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT complaints_feedback_loop_server_id_fkey FOREIGN KEY (account_id, feedback_loop_server_id) REFERENCES feedback_loop_servers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX complaints_delivery_id_idx ON complaints (account_id, delivery_id, id);
CREATE INDEX complaints_campaign_id_complained_at_idx ON complaints (account_id, campaign_id, complained_at, id);
CREATE INDEX complaints_subscriber_id_complained_at_idx ON complaints (account_id, subscriber_id, complained_at, id);
CREATE INDEX complaints_feedback_loop_server_id_idx ON complaints (account_id, feedback_loop_server_id, id);

CREATE TABLE opens (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    delivery_id      BLOB CHECK (length(delivery_id) = 16),
    campaign_id      BLOB NOT NULL CHECK (length(campaign_id) = 16),
    subscriber_id    BLOB CHECK (length(subscriber_id) = 16),
    opened_at        INTEGER NOT NULL,
    ip_address       TEXT,
    user_agent       TEXT,
    country          TEXT,
    region           TEXT,
    city             TEXT,
    browser          TEXT,
    operating_system TEXT,
    device           TEXT CHECK (device IN ('desktop', 'mobile', 'tablet', 'other')),
    kind             TEXT NOT NULL CHECK (kind IN ('human', 'proxy', 'bot', 'unknown')),
    PRIMARY KEY (account_id, id),
    CONSTRAINT opens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT opens_delivery_id_fkey FOREIGN KEY (account_id, delivery_id) REFERENCES deliveries (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT opens_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT opens_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX opens_delivery_id_idx ON opens (account_id, delivery_id, id);
CREATE INDEX opens_campaign_id_opened_at_idx ON opens (account_id, campaign_id, opened_at, id);
CREATE INDEX opens_subscriber_id_opened_at_idx ON opens (account_id, subscriber_id, opened_at, id);

CREATE TABLE subscriber_profiles (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id       BLOB NOT NULL CHECK (length(subscriber_id) = 16),
    list_id             BLOB NOT NULL CHECK (length(list_id) = 16),
    status              TEXT NOT NULL CHECK (status IN ('pending_confirm', 'pending_approval', 'subscribed', 'unsubscribed', 'cleaned', 'complained', 'disabled', 'moved', 'non_subscribed')),
    status_changed_at   INTEGER NOT NULL,
    ip_address          TEXT,
    opted_in_at         INTEGER,
    opt_in_ip           TEXT,
    opt_in_user_agent   TEXT,
    confirmed_at        INTEGER,
    confirm_ip          TEXT,
    confirm_user_agent  TEXT,
    opted_out_at        INTEGER,
    opt_out_ip          TEXT,
    opt_out_reason      TEXT,
    opt_out_campaign_id BLOB CHECK (length(opt_out_campaign_id) = 16),
    tags                TEXT CHECK (json_valid(tags)),
    source              TEXT,
    external_id         TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT subscriber_profiles_list_id_subscriber_id_key UNIQUE (account_id, list_id, subscriber_id),
    CONSTRAINT subscriber_profiles_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT subscriber_profiles_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT subscriber_profiles_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT subscriber_profiles_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT subscriber_profiles_opt_out_campaign_id_fkey FOREIGN KEY (account_id, opt_out_campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX subscriber_profiles_subscriber_id_idx ON subscriber_profiles (account_id, subscriber_id, id);
CREATE INDEX subscriber_profiles_list_id_idx ON subscriber_profiles (account_id, list_id, id);
CREATE INDEX subscriber_profiles_list_id_created_at_idx ON subscriber_profiles (account_id, list_id, created_at, id);
CREATE INDEX subscriber_profiles_list_id_status_idx ON subscriber_profiles (account_id, list_id, status, id);
CREATE INDEX subscriber_profiles_opt_out_campaign_id_idx ON subscriber_profiles (account_id, opt_out_campaign_id, id);

CREATE TABLE profile_values (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    profile_id BLOB NOT NULL CHECK (length(profile_id) = 16),
    field_id   BLOB NOT NULL CHECK (length(field_id) = 16),
    ordinal    INTEGER NOT NULL,
    value      TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT profile_values_profile_id_field_id_ordinal_key UNIQUE (account_id, profile_id, field_id, ordinal),
    CONSTRAINT profile_values_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT profile_values_profile_id_fkey FOREIGN KEY (account_id, profile_id) REFERENCES subscriber_profiles (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT profile_values_field_id_fkey FOREIGN KEY (account_id, field_id) REFERENCES list_fields (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX profile_values_profile_id_idx ON profile_values (account_id, profile_id, id);
CREATE INDEX profile_values_field_id_idx ON profile_values (account_id, field_id, id);

CREATE TABLE transactional_emails (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id       BLOB CHECK (length(subscriber_id) = 16),
    server_id           BLOB CHECK (length(server_id) = 16),
    template_id         BLOB CHECK (length(template_id) = 16),
    to_name             TEXT,
    to_email            TEXT NOT NULL,
    to_email_normalized TEXT NOT NULL,
    from_name           TEXT,
    from_email          TEXT,
    reply_to            TEXT,
    subject             TEXT NOT NULL,
    html_body           TEXT,
    plain_body          TEXT,
    headers             TEXT CHECK (json_valid(headers)),
    retries             INTEGER NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('unrendered', 'ready', 'queued', 'sent', 'failed')),
    send_at             INTEGER,
    source              TEXT,
    external_id         TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT transactional_emails_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT transactional_emails_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT transactional_emails_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transactional_emails_server_id_fkey FOREIGN KEY (account_id, server_id) REFERENCES delivery_servers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transactional_emails_template_id_fkey FOREIGN KEY (account_id, template_id) REFERENCES templates (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX transactional_emails_subscriber_id_idx ON transactional_emails (account_id, subscriber_id, id);
CREATE INDEX transactional_emails_server_id_idx ON transactional_emails (account_id, server_id, id);
CREATE INDEX transactional_emails_template_id_created_at_idx ON transactional_emails (account_id, template_id, created_at, id);
CREATE INDEX transactional_emails_to_email_normalized_idx ON transactional_emails (account_id, to_email_normalized, id);
CREATE INDEX transactional_emails_created_at_idx ON transactional_emails (account_id, created_at, id);

CREATE TABLE unsubscribes (
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    id              BLOB NOT NULL CHECK (length(id) = 16),
    profile_id      BLOB CHECK (length(profile_id) = 16),
    subscriber_id   BLOB CHECK (length(subscriber_id) = 16),
    campaign_id     BLOB CHECK (length(campaign_id) = 16),
    list_id         BLOB CHECK (length(list_id) = 16),
    method          TEXT NOT NULL CHECK (method IN ('link', 'one_click', 'mailto', 'monitor', 'api', 'admin', 'bounce', 'import')),
    reason          TEXT,
    note            TEXT,
    ip_address      TEXT,
    user_agent      TEXT,
    unsubscribed_at INTEGER NOT NULL,
    source          TEXT,
    external_id     TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT unsubscribes_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT unsubscribes_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_profile_id_fkey FOREIGN KEY (account_id, profile_id) REFERENCES subscriber_profiles (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT unsubscribes_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX unsubscribes_profile_id_idx ON unsubscribes (account_id, profile_id, id);
CREATE INDEX unsubscribes_subscriber_id_unsubscribed_at_idx ON unsubscribes (account_id, subscriber_id, unsubscribed_at, id);
CREATE INDEX unsubscribes_campaign_id_unsubscribed_at_idx ON unsubscribes (account_id, campaign_id, unsubscribed_at, id);
CREATE INDEX unsubscribes_list_id_idx ON unsubscribes (account_id, list_id, id);

CREATE TABLE users (
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    email               TEXT NOT NULL,
    email_normalized    TEXT NOT NULL,
    name                TEXT,
    password_hash       TEXT,
    password_changed_at INTEGER,
    identity_issuer     TEXT,
    identity_subject    TEXT,
    timezone            TEXT,
    locale              TEXT,
    status              TEXT NOT NULL CHECK (status IN ('invited', 'enabled', 'disabled', 'locked')),
    last_login_at       INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT users_email_normalized_key UNIQUE (email_normalized),
    CONSTRAINT users_identity_issuer_identity_subject_key UNIQUE (identity_issuer, identity_subject)
) STRICT;

CREATE TABLE legal_holds (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id  BLOB CHECK (length(subscriber_id) = 16),
    case_reference TEXT,
    reason         TEXT,
    placed_by_id   BLOB CHECK (length(placed_by_id) = 16),
    placed_at      INTEGER NOT NULL,
    ends_at        INTEGER,
    released_at    INTEGER,
    PRIMARY KEY (account_id, id),
    CONSTRAINT legal_holds_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT legal_holds_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT legal_holds_placed_by_id_fkey FOREIGN KEY (placed_by_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX legal_holds_subscriber_id_placed_at_idx ON legal_holds (account_id, subscriber_id, placed_at, id);
CREATE INDEX legal_holds_placed_by_id_idx ON legal_holds (account_id, placed_by_id, id);
CREATE INDEX legal_holds_placed_at_idx ON legal_holds (account_id, placed_at, id);

CREATE TABLE notices (
    account_id        BLOB NOT NULL CHECK (length(account_id) = 16),
    id                BLOB NOT NULL CHECK (length(id) = 16),
    kind              TEXT NOT NULL CHECK (kind IN ('policy_change', 'sub_processor_change', 'controller_change', 'breach', 'other')),
    title             TEXT NOT NULL,
    body              TEXT NOT NULL,
    policy_version_id BLOB CHECK (length(policy_version_id) = 16),
    sub_processor_id  BLOB CHECK (length(sub_processor_id) = 16),
    recipient_id      BLOB CHECK (length(recipient_id) = 16),
    channel           TEXT NOT NULL CHECK (channel IN ('email', 'web', 'phone', 'post', 'api', 'in_app')),
    effective_at      INTEGER,
    sent_at           INTEGER NOT NULL,
    delivered_at      INTEGER,
    source            TEXT,
    external_id       TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT notices_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT notices_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT notices_policy_version_id_fkey FOREIGN KEY (policy_version_id) REFERENCES policy_versions (id) ON DELETE NO ACTION,
    CONSTRAINT notices_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION,
    CONSTRAINT notices_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX notices_policy_version_id_idx ON notices (account_id, policy_version_id, id);
CREATE INDEX notices_sub_processor_id_idx ON notices (account_id, sub_processor_id, id);
CREATE INDEX notices_recipient_id_idx ON notices (account_id, recipient_id, id);
CREATE INDEX notices_sent_at_idx ON notices (account_id, sent_at, id);

CREATE TABLE support_tickets (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    number         TEXT NOT NULL,
    subject        TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('general', 'technical', 'billing', 'privacy_request')),
    channel        TEXT NOT NULL CHECK (channel IN ('email', 'web', 'phone', 'post', 'api', 'in_app')),
    priority       TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status         TEXT NOT NULL CHECK (status IN ('open', 'waiting', 'snoozed', 'resolved', 'closed')),
    subscriber_id  BLOB CHECK (length(subscriber_id) = 16),
    requester_id   BLOB CHECK (length(requester_id) = 16),
    assignee_id    BLOB CHECK (length(assignee_id) = 16),
    first_reply_at INTEGER,
    resolved_at    INTEGER,
    closed_at      INTEGER,
    source         TEXT,
    external_id    TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT support_tickets_number_key UNIQUE (account_id, number),
    CONSTRAINT support_tickets_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT support_tickets_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT support_tickets_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT support_tickets_requester_id_fkey FOREIGN KEY (requester_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT support_tickets_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX support_tickets_subscriber_id_created_at_idx ON support_tickets (account_id, subscriber_id, created_at, id);
CREATE INDEX support_tickets_requester_id_created_at_idx ON support_tickets (account_id, requester_id, created_at, id);
CREATE INDEX support_tickets_assignee_id_idx ON support_tickets (account_id, assignee_id, id);
CREATE INDEX support_tickets_created_at_idx ON support_tickets (account_id, created_at, id);

CREATE TABLE ticket_messages (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    ticket_id   BLOB NOT NULL CHECK (length(ticket_id) = 16),
    author_id   BLOB CHECK (length(author_id) = 16),
    direction   TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing', 'activity')),
    is_internal INTEGER NOT NULL CHECK (is_internal IN (0, 1)),
    body        TEXT NOT NULL,
    sent_at     INTEGER NOT NULL,
    source      TEXT,
    external_id TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT ticket_messages_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT ticket_messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT ticket_messages_ticket_id_fkey FOREIGN KEY (account_id, ticket_id) REFERENCES support_tickets (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT ticket_messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX ticket_messages_ticket_id_sent_at_idx ON ticket_messages (account_id, ticket_id, sent_at, id);
CREATE INDEX ticket_messages_author_id_idx ON ticket_messages (account_id, author_id, id);

CREATE TABLE user_groups (
    account_id  BLOB NOT NULL CHECK (length(account_id) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    description TEXT,
    built_in    TEXT CHECK (built_in IN ('owner', 'manager', 'analyst', 'exporter', 'privacy', 'support', 'admin')),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT user_groups_name_key UNIQUE (account_id, name),
    CONSTRAINT user_groups_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION
) STRICT;

CREATE TABLE api_keys (
    account_id    BLOB NOT NULL CHECK (length(account_id) = 16),
    id            BLOB NOT NULL CHECK (length(id) = 16),
    name          TEXT NOT NULL,
    description   TEXT,
    prefix        TEXT NOT NULL,
    key_hash      BLOB NOT NULL,
    group_id      BLOB NOT NULL CHECK (length(group_id) = 16),
    created_by_id BLOB CHECK (length(created_by_id) = 16),
    last_used_at  INTEGER,
    expires_at    INTEGER,
    revoked_at    INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_keys_prefix_key UNIQUE (account_id, prefix),
    CONSTRAINT api_keys_prefix_everywhere_key UNIQUE (prefix),
    CONSTRAINT api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT api_keys_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT api_keys_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX api_keys_group_id_idx ON api_keys (account_id, group_id, id);
CREATE INDEX api_keys_created_by_id_idx ON api_keys (account_id, created_by_id, id);

CREATE TABLE api_usages (
    account_id            BLOB NOT NULL CHECK (length(account_id) = 16),
    id                    BLOB NOT NULL CHECK (length(id) = 16),
    period_start          INTEGER NOT NULL,
    api_key_id            BLOB CHECK (length(api_key_id) = 16),
    user_id               BLOB CHECK (length(user_id) = 16),
    operation             TEXT NOT NULL,
    document_hash         TEXT,
    request_count         INTEGER NOT NULL DEFAULT 0,
    error_count           INTEGER NOT NULL DEFAULT 0,
    row_count             INTEGER NOT NULL DEFAULT 0,
    personal_row_count    INTEGER NOT NULL DEFAULT 0,
    byte_count            INTEGER NOT NULL DEFAULT 0,
    duration_milliseconds INTEGER NOT NULL,
    source                TEXT,
    external_id           TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT api_usages_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT api_usages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT api_usages_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT api_usages_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX api_usages_period_start_idx ON api_usages (account_id, period_start, id);
CREATE INDEX api_usages_api_key_id_period_start_idx ON api_usages (account_id, api_key_id, period_start, id);
CREATE INDEX api_usages_user_id_idx ON api_usages (account_id, user_id, id);

CREATE TABLE erasures (
    account_id               BLOB NOT NULL CHECK (length(account_id) = 16),
    id                       BLOB NOT NULL CHECK (length(id) = 16),
    subject_token            BLOB NOT NULL,
    subject_sealed           BLOB,
    subscriber_id            BLOB CHECK (length(subscriber_id) = 16),
    account_closed_at        INTEGER,
    requested_by_id          BLOB CHECK (length(requested_by_id) = 16),
    api_key_id               BLOB CHECK (length(api_key_id) = 16),
    principal                TEXT NOT NULL CHECK (json_valid(principal)),
    plan                     TEXT NOT NULL CHECK (json_valid(plan)),
    plan_hash                TEXT NOT NULL,
    policy_hash              TEXT NOT NULL,
    schema_fingerprint       TEXT NOT NULL,
    idempotency_key          TEXT NOT NULL,
    input_hash               BLOB NOT NULL,
    state                    TEXT NOT NULL CHECK (state IN ('planned', 'confirmed', 'fenced', 'running', 'paused', 'verifying', 'done', 'partial', 'residue_found', 'refused', 'canceled', 'expired')),
    claim_number             INTEGER NOT NULL,
    lease_until              INTEGER,
    attempts                 INTEGER NOT NULL,
    step_number              INTEGER NOT NULL,
    rows_planned             INTEGER NOT NULL,
    rows_done                INTEGER NOT NULL,
    confirmed_at             INTEGER,
    fenced_at                INTEGER,
    finished_at              INTEGER,
    kept_until               INTEGER,
    expires_at               INTEGER,
    receipt                  TEXT CHECK (json_valid(receipt)),
    receipt_signature        BLOB,
    second_receipt           TEXT CHECK (json_valid(second_receipt)),
    second_receipt_signature BLOB,
    error_code               TEXT,
    created_at               INTEGER NOT NULL,
    updated_at               INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasures_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT erasures_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT erasures_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasures_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT erasures_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX erasures_subscriber_id_idx ON erasures (account_id, subscriber_id, id);
CREATE INDEX erasures_state_idx ON erasures (account_id, state, id);
CREATE INDEX erasures_subject_token_idx ON erasures (account_id, subject_token, id);
CREATE INDEX erasures_created_at_idx ON erasures (account_id, created_at, id);
CREATE INDEX erasures_state_everywhere_idx ON erasures (state, account_id, id);

CREATE TABLE erasure_batches (
    account_id   BLOB NOT NULL CHECK (length(account_id) = 16),
    id           BLOB NOT NULL CHECK (length(id) = 16),
    erasure_id   BLOB NOT NULL CHECK (length(erasure_id) = 16),
    step_number  INTEGER NOT NULL,
    batch_number INTEGER NOT NULL,
    table_name   TEXT NOT NULL,
    action       TEXT NOT NULL,
    row_count    INTEGER NOT NULL DEFAULT 0,
    finished_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_batches_erasure_id_step_number_batch_number_key UNIQUE (account_id, erasure_id, step_number, batch_number),
    CONSTRAINT erasure_batches_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasure_batches_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION
) STRICT;

CREATE TABLE erasure_recipients (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    erasure_id       BLOB NOT NULL CHECK (length(erasure_id) = 16),
    recipient        TEXT NOT NULL,
    recipient_kind   TEXT NOT NULL CHECK (recipient_kind IN ('sub_processor', 'authority', 'controller', 'partner', 'other')),
    sub_processor_id BLOB CHECK (length(sub_processor_id) = 16),
    state            TEXT NOT NULL CHECK (state IN ('to_tell', 'told', 'confirmed', 'exempt', 'overdue')),
    reason           TEXT,
    due_at           INTEGER NOT NULL,
    told_at          INTEGER,
    confirmed_at     INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT erasure_recipients_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT erasure_recipients_sub_processor_id_fkey FOREIGN KEY (sub_processor_id) REFERENCES sub_processors (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX erasure_recipients_erasure_id_due_at_idx ON erasure_recipients (account_id, erasure_id, due_at, id);
CREATE INDEX erasure_recipients_sub_processor_id_idx ON erasure_recipients (account_id, sub_processor_id, id);
CREATE INDEX erasure_recipients_state_idx ON erasure_recipients (account_id, state, id);
CREATE INDEX erasure_recipients_due_at_idx ON erasure_recipients (account_id, due_at, id);
CREATE INDEX erasure_recipients_created_at_idx ON erasure_recipients (account_id, created_at, id);
CREATE INDEX erasure_recipients_state_due_at_everywhere_idx ON erasure_recipients (state, due_at, account_id, id);

CREATE TABLE exports (
    account_id       BLOB NOT NULL CHECK (length(account_id) = 16),
    id               BLOB NOT NULL CHECK (length(id) = 16),
    scope            TEXT NOT NULL CHECK (scope IN ('account', 'campaign', 'list', 'resources', 'subscriber')),
    subscriber_id    BLOB CHECK (length(subscriber_id) = 16),
    requested_by_id  BLOB CHECK (length(requested_by_id) = 16),
    api_key_id       BLOB CHECK (length(api_key_id) = 16),
    principal        TEXT NOT NULL CHECK (json_valid(principal)),
    plan             TEXT NOT NULL CHECK (json_valid(plan)),
    idempotency_key  TEXT NOT NULL,
    input_hash       BLOB NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('queued', 'running', 'ready', 'failed', 'canceled', 'expired', 'stale')),
    claim_number     INTEGER NOT NULL,
    lease_until      INTEGER,
    attempts         INTEGER NOT NULL,
    rows_expected    INTEGER,
    rows_done        INTEGER NOT NULL,
    bytes_done       INTEGER NOT NULL,
    rows_per_second  INTEGER,
    seconds_left     INTEGER,
    current_resource TEXT,
    snapshot_at      INTEGER,
    started_at       INTEGER,
    finished_at      INTEGER,
    expires_at       INTEGER,
    bundle_name      TEXT,
    byte_count       INTEGER,
    sha256           TEXT,
    volumes          TEXT CHECK (json_valid(volumes)),
    receipt          TEXT CHECK (json_valid(receipt)),
    error_code       TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT exports_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT exports_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT exports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT exports_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT exports_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX exports_subscriber_id_idx ON exports (account_id, subscriber_id, id);
CREATE INDEX exports_state_idx ON exports (account_id, state, id);
CREATE INDEX exports_created_at_idx ON exports (account_id, created_at, id);
CREATE INDEX exports_started_at_idx ON exports (account_id, started_at, id);
CREATE INDEX exports_state_everywhere_idx ON exports (state, account_id, id);

CREATE TABLE data_requests (
    account_id        BLOB NOT NULL CHECK (length(account_id) = 16),
    id                BLOB NOT NULL CHECK (length(id) = 16),
    kind              TEXT NOT NULL CHECK (kind IN ('access', 'portability', 'rectification', 'erasure', 'restriction', 'objection', 'withdrawal', 'opt_out_of_sale')),
    regulation        TEXT NOT NULL CHECK (regulation IN ('gdpr', 'uk_gdpr', 'ccpa', 'lgpd', 'other')),
    channel           TEXT NOT NULL CHECK (channel IN ('email', 'web', 'phone', 'post', 'api', 'in_app')),
    state             TEXT NOT NULL CHECK (state IN ('received', 'verifying', 'running', 'completed', 'partially_completed', 'refused', 'forwarded', 'canceled')),
    refusal           TEXT CHECK (refusal IN ('not_verified', 'no_authority', 'exception', 'not_covered')),
    subscriber_id     BLOB CHECK (length(subscriber_id) = 16),
    support_ticket_id BLOB CHECK (length(support_ticket_id) = 16),
    export_id         BLOB CHECK (length(export_id) = 16),
    erasure_id        BLOB CHECK (length(erasure_id) = 16),
    handled_by_id     BLOB CHECK (length(handled_by_id) = 16),
    note              TEXT,
    received_at       INTEGER NOT NULL,
    due_at            INTEGER NOT NULL,
    extended_until    INTEGER,
    completed_at      INTEGER,
    source            TEXT,
    external_id       TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT data_requests_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT data_requests_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_support_ticket_id_fkey FOREIGN KEY (account_id, support_ticket_id) REFERENCES support_tickets (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_export_id_fkey FOREIGN KEY (account_id, export_id) REFERENCES exports (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT data_requests_handled_by_id_fkey FOREIGN KEY (handled_by_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX data_requests_subscriber_id_received_at_idx ON data_requests (account_id, subscriber_id, received_at, id);
CREATE INDEX data_requests_support_ticket_id_idx ON data_requests (account_id, support_ticket_id, id);
CREATE INDEX data_requests_export_id_idx ON data_requests (account_id, export_id, id);
CREATE INDEX data_requests_erasure_id_idx ON data_requests (account_id, erasure_id, id);
CREATE INDEX data_requests_handled_by_id_idx ON data_requests (account_id, handled_by_id, id);
CREATE INDEX data_requests_received_at_idx ON data_requests (account_id, received_at, id);

CREATE TABLE grants (
    account_id          BLOB NOT NULL CHECK (length(account_id) = 16),
    id                  BLOB NOT NULL CHECK (length(id) = 16),
    group_id            BLOB NOT NULL CHECK (length(group_id) = 16),
    resource            TEXT NOT NULL,
    verb                TEXT NOT NULL CHECK (verb IN ('read', 'read_clear', 'write', 'export', 'delete', 'erase', 'manage')),
    all_lists           INTEGER NOT NULL CHECK (all_lists IN (0, 1)),
    max_rows            INTEGER,
    max_bundles_per_day INTEGER,
    expires_at          INTEGER,
    created_at          INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT grants_group_id_resource_verb_key UNIQUE (account_id, group_id, resource, verb),
    CONSTRAINT grants_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT grants_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX grants_group_id_idx ON grants (account_id, group_id, id);

CREATE TABLE grant_lists (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    grant_id   BLOB NOT NULL CHECK (length(grant_id) = 16),
    list_id    BLOB NOT NULL CHECK (length(list_id) = 16),
    PRIMARY KEY (account_id, id),
    CONSTRAINT grant_lists_grant_id_list_id_key UNIQUE (account_id, grant_id, list_id),
    CONSTRAINT grant_lists_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT grant_lists_grant_id_fkey FOREIGN KEY (account_id, grant_id) REFERENCES grants (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT grant_lists_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX grant_lists_grant_id_idx ON grant_lists (account_id, grant_id, id);
CREATE INDEX grant_lists_list_id_idx ON grant_lists (account_id, list_id, id);

CREATE TABLE group_members (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    group_id   BLOB NOT NULL CHECK (length(group_id) = 16),
    user_id    BLOB NOT NULL CHECK (length(user_id) = 16),
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT group_members_group_id_user_id_key UNIQUE (account_id, group_id, user_id),
    CONSTRAINT group_members_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT group_members_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX group_members_group_id_idx ON group_members (account_id, group_id, id);
CREATE INDEX group_members_user_id_idx ON group_members (account_id, user_id, id);
CREATE INDEX group_members_user_id_everywhere_idx ON group_members (user_id, account_id, id);

CREATE TABLE imports (
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    id              BLOB NOT NULL CHECK (length(id) = 16),
    upload_id       BLOB NOT NULL CHECK (length(upload_id) = 16),
    list_id         BLOB CHECK (length(list_id) = 16),
    requested_by_id BLOB CHECK (length(requested_by_id) = 16),
    api_key_id      BLOB CHECK (length(api_key_id) = 16),
    principal       TEXT NOT NULL CHECK (json_valid(principal)),
    plan            TEXT NOT NULL CHECK (json_valid(plan)),
    idempotency_key TEXT NOT NULL,
    input_hash      BLOB NOT NULL,
    is_dry_run      INTEGER NOT NULL CHECK (is_dry_run IN (0, 1)),
    format          TEXT CHECK (format IN ('bundle', 'listmonk', 'mailchimp', 'mapped')),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled', 'expired')),
    claim_number    INTEGER NOT NULL,
    lease_until     INTEGER,
    attempts        INTEGER NOT NULL,
    bytes_expected  INTEGER,
    bytes_done      INTEGER NOT NULL,
    rows_expected   INTEGER,
    rows_done       INTEGER NOT NULL,
    rows_added      INTEGER NOT NULL,
    rows_changed    INTEGER NOT NULL,
    rows_unchanged  INTEGER NOT NULL,
    rows_suppressed INTEGER NOT NULL,
    rows_rejected   INTEGER NOT NULL,
    report          TEXT CHECK (json_valid(report)),
    rejects_name    TEXT,
    rejects_sha256  TEXT,
    started_at      INTEGER,
    finished_at     INTEGER,
    expires_at      INTEGER,
    error_code      TEXT,
    error_message   TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT imports_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT imports_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT imports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT imports_list_id_fkey FOREIGN KEY (account_id, list_id) REFERENCES lists (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT imports_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT imports_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX imports_list_id_idx ON imports (account_id, list_id, id);
CREATE INDEX imports_upload_id_idx ON imports (account_id, upload_id, id);
CREATE INDEX imports_state_idx ON imports (account_id, state, id);
CREATE INDEX imports_created_at_idx ON imports (account_id, created_at, id);
CREATE INDEX imports_started_at_idx ON imports (account_id, started_at, id);
CREATE INDEX imports_expires_at_idx ON imports (account_id, expires_at, id);
CREATE INDEX imports_state_everywhere_idx ON imports (state, account_id, id);

CREATE TABLE invitations (
    account_id            BLOB NOT NULL CHECK (length(account_id) = 16),
    id                    BLOB NOT NULL CHECK (length(id) = 16),
    group_id              BLOB NOT NULL CHECK (length(group_id) = 16),
    email                 TEXT NOT NULL,
    email_normalized      TEXT NOT NULL,
    membership_expires_at INTEGER,
    invited_by_id         BLOB CHECK (length(invited_by_id) = 16),
    expires_at            INTEGER NOT NULL,
    created_at            INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT invitations_group_id_email_normalized_key UNIQUE (account_id, group_id, email_normalized),
    CONSTRAINT invitations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT invitations_group_id_fkey FOREIGN KEY (account_id, group_id) REFERENCES user_groups (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT invitations_invited_by_id_fkey FOREIGN KEY (invited_by_id) REFERENCES users (id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX invitations_email_normalized_idx ON invitations (account_id, email_normalized, id);
CREATE INDEX invitations_group_id_idx ON invitations (account_id, group_id, id);
CREATE INDEX invitations_invited_by_id_idx ON invitations (account_id, invited_by_id, id);

CREATE TABLE suppression_tokens (
    account_id         BLOB NOT NULL CHECK (length(account_id) = 16),
    id                 BLOB NOT NULL CHECK (length(id) = 16),
    token              BLOB NOT NULL,
    key_version        INTEGER NOT NULL,
    normalizer_version INTEGER NOT NULL,
    reason             TEXT NOT NULL CHECK (reason IN ('erased', 'objected')),
    erasure_id         BLOB CHECK (length(erasure_id) = 16),
    expires_at         INTEGER,
    lifted_at          INTEGER,
    created_at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT suppression_tokens_token_key UNIQUE (account_id, token),
    CONSTRAINT suppression_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT suppression_tokens_erasure_id_fkey FOREIGN KEY (account_id, erasure_id) REFERENCES erasures (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX suppression_tokens_erasure_id_idx ON suppression_tokens (account_id, erasure_id, id);

CREATE TABLE transfers (
    account_id        BLOB NOT NULL CHECK (length(account_id) = 16),
    id                BLOB NOT NULL CHECK (length(id) = 16),
    export_id         BLOB NOT NULL CHECK (length(export_id) = 16),
    requested_by_id   BLOB CHECK (length(requested_by_id) = 16),
    api_key_id        BLOB CHECK (length(api_key_id) = 16),
    principal         TEXT NOT NULL CHECK (json_valid(principal)),
    plan              TEXT NOT NULL CHECK (json_valid(plan)),
    idempotency_key   TEXT NOT NULL,
    input_hash        BLOB NOT NULL,
    protocol          TEXT NOT NULL CHECK (protocol IN ('put', 'post', 'postern')),
    target            TEXT NOT NULL,
    credential_sealed BLOB,
    state             TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'canceled')),
    claim_number      INTEGER NOT NULL,
    lease_until       INTEGER,
    attempts          INTEGER NOT NULL,
    bytes_expected    INTEGER,
    bytes_done        INTEGER NOT NULL,
    receiver_status   INTEGER,
    receiver_upload   TEXT,
    receiver_import   TEXT,
    started_at        INTEGER,
    finished_at       INTEGER,
    error_code        TEXT,
    error_message     TEXT,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT transfers_requested_by_id_idempotency_key_key UNIQUE (account_id, requested_by_id, idempotency_key),
    CONSTRAINT transfers_api_key_id_idempotency_key_key UNIQUE (account_id, api_key_id, idempotency_key),
    CONSTRAINT transfers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_export_id_fkey FOREIGN KEY (account_id, export_id) REFERENCES exports (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT transfers_requested_by_id_fkey FOREIGN KEY (requested_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT transfers_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX transfers_export_id_idx ON transfers (account_id, export_id, id);
CREATE INDEX transfers_state_idx ON transfers (account_id, state, id);
CREATE INDEX transfers_created_at_idx ON transfers (account_id, created_at, id);
CREATE INDEX transfers_started_at_idx ON transfers (account_id, started_at, id);
CREATE INDEX transfers_state_everywhere_idx ON transfers (state, account_id, id);

CREATE TABLE uploads (
    account_id     BLOB NOT NULL CHECK (length(account_id) = 16),
    id             BLOB NOT NULL CHECK (length(id) = 16),
    uploaded_by_id BLOB CHECK (length(uploaded_by_id) = 16),
    api_key_id     BLOB CHECK (length(api_key_id) = 16),
    size           INTEGER,
    sha256         TEXT,
    expires_at     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT uploads_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT uploads_uploaded_by_id_fkey FOREIGN KEY (uploaded_by_id) REFERENCES users (id) ON DELETE NO ACTION,
    CONSTRAINT uploads_api_key_id_fkey FOREIGN KEY (account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX uploads_uploaded_by_id_idx ON uploads (account_id, uploaded_by_id, id);
CREATE INDEX uploads_api_key_id_idx ON uploads (account_id, api_key_id, id);
CREATE INDEX uploads_expires_at_idx ON uploads (account_id, expires_at, id);

CREATE TABLE visitors (
    account_id    BLOB NOT NULL CHECK (length(account_id) = 16),
    id            BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id BLOB CHECK (length(subscriber_id) = 16),
    cookie_id     TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT visitors_cookie_id_key UNIQUE (account_id, cookie_id),
    CONSTRAINT visitors_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT visitors_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX visitors_subscriber_id_first_seen_at_idx ON visitors (account_id, subscriber_id, first_seen_at, id);
CREATE INDEX visitors_first_seen_at_idx ON visitors (account_id, first_seen_at, id);

CREATE TABLE page_visits (
    account_id    BLOB NOT NULL CHECK (length(account_id) = 16),
    id            BLOB NOT NULL CHECK (length(id) = 16),
    subscriber_id BLOB CHECK (length(subscriber_id) = 16),
    visitor_id    BLOB CHECK (length(visitor_id) = 16),
    campaign_id   BLOB CHECK (length(campaign_id) = 16),
    url           TEXT NOT NULL,
    title         TEXT,
    referer       TEXT,
    ip_address    TEXT,
    user_agent    TEXT,
    languages     TEXT,
    visited_at    INTEGER NOT NULL,
    source        TEXT,
    external_id   TEXT,
    PRIMARY KEY (account_id, id),
    CONSTRAINT page_visits_source_external_id_key UNIQUE (account_id, source, external_id),
    CONSTRAINT page_visits_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE NO ACTION,
    CONSTRAINT page_visits_subscriber_id_fkey FOREIGN KEY (account_id, subscriber_id) REFERENCES subscribers (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT page_visits_visitor_id_fkey FOREIGN KEY (account_id, visitor_id) REFERENCES visitors (account_id, id) ON DELETE NO ACTION,
    CONSTRAINT page_visits_campaign_id_fkey FOREIGN KEY (account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE NO ACTION
) STRICT;
CREATE INDEX page_visits_subscriber_id_visited_at_idx ON page_visits (account_id, subscriber_id, visited_at, id);
CREATE INDEX page_visits_visitor_id_visited_at_idx ON page_visits (account_id, visitor_id, visited_at, id);
CREATE INDEX page_visits_campaign_id_visited_at_idx ON page_visits (account_id, campaign_id, visited_at, id);
