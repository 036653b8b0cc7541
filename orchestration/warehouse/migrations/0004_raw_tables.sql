-- The raw tables as version 4 had them. Its files got tables one by one, so each is made only where it is missing.
-- Times are UTC, stored without a zone. raw.* is append-only but for the marks of progress in it.
-- `arrival_number` rises with each load of announcements, `change_number` with each reading or deletion:
-- what came after a number is what a build has to look at. `file_id` tells one file's numbers from another's.

create schema if not exists raw;
create table if not exists raw.schema_version as
    select 4 as version, cast(uuid() as varchar) as file_id;
create table if not exists raw.sources (
    source_id text primary key, publisher text, side text, language text, precedence integer, url text
);
create table if not exists raw.source_checks (
    source_id text primary key, last_checked_at timestamp, last_success_at timestamp,
    is_complete boolean, complete_through timestamp, last_error text
);
create table if not exists raw.pages (
    page_id text primary key, source_id text, url text, fetched_at timestamp, status integer,
    payload_digest text, etag text, last_modified text, fingerprint text,
    archive_file text, archive_offset bigint, loaded_at timestamp
);
create index if not exists pages_by_url on raw.pages (url);
create table if not exists raw.history (
    source_id text, month date, way text, resume_url text, last_url text, is_complete boolean,
    primary key (source_id, month, way)
);
create table if not exists raw.announcements (
    version_id text primary key, source_id text, announcement_id text, url text, language text,
    published_at timestamp, title text, text text, is_edited boolean, forwarded_from text,
    page_id text, first_seen_at timestamp, content_id text, arrival_number bigint
);
create table if not exists raw.absent_items (
    source_id text, item_id text, url text, is_deleted boolean, noticed_at timestamp, change_number bigint,
    primary key (source_id, item_id)
);
create table if not exists raw.reference_rows (
    source_id text, row_id text, cells json, day date, released integer, returned integer,
    page_id text, first_seen_at timestamp,
    primary key (source_id, row_id)
);
create table if not exists raw.ignored_items (
    source_id text, item_id text, reason text, excerpt text, published_at timestamp, first_seen_at timestamp,
    primary key (source_id, item_id)
);
create table if not exists raw.quarantined_items (
    source_id text, item_id text, message text, excerpt text, first_seen_at timestamp,
    primary key (source_id, item_id)
);
create table if not exists raw.readings (
    version_id text, reader_version text, kind text, language text, issues text[], read_at timestamp,
    change_number bigint, primary key (version_id, reader_version)
);
create table if not exists raw.build (
    since bigint, rules text, arrived bigint, changed bigint, "references" ubigint
);
create table if not exists raw.readers (reader_version text primary key, read_through bigint);
create table if not exists raw.statements (
    statement_id text primary key, version_id text, reader_version text, event_index integer,
    event_kind text, event_date date, date_basis text, is_recap boolean, measure text, value integer,
    category text, within text, bound text, period text, field text, quote text,
    quote_start integer, quote_end integer
);
create table if not exists raw.told_exchanges (
    exchange_id text primary key, figures json, has_conflict boolean, is_withdrawn boolean, changes integer
);
create table if not exists raw.problems (
    cause text primary key, episode integer, sentence text, times integer, opened_at timestamp,
    last_seen_at timestamp, closed_at timestamp
);
create table if not exists raw.alerts (
    alert_id text primary key, kind text, subject text, payload json, decided_at timestamp, number bigint
);
create table if not exists raw.deliveries (
    alert_id text, channel text, attempts integer, due_since timestamp, next_attempt_at timestamp,
    last_error text, delivered_at timestamp, given_up_at timestamp, primary key (alert_id, channel)
);
