{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['source_id', 'announcement_id'], meta={'changed_in': 'int_changed_items'}
) }}
-- Event mentions: one row per version and event, with the figures that distinguish one event from another.
-- What a review decision replaced is held as taken back: it is evidence of nothing, but its day's exchanges
-- keep their ids (int_handovers).
with versions as (
    select versions.*
    from {{ ref('int_announcement_versions') }} as versions
    semi join {{ ref('int_changed_items') }} as touched
        on
            versions.source_id = touched.source_id
            and versions.announcement_id = touched.announcement_id
),

decided as (
    select
        readings.version_id,
        readings.reader_version
    from {{ ref('stg_readings') }} as readings
    semi join {{ ref('stg_reviews') }} as reviews
        on
            readings.version_id = reviews.version_id
            and reviews.review_id is not null
),

read as (
    select
        *,
        false as is_taken_back
    from {{ ref('stg_statements') }}
    union all by name
    select
        statements.version_id,
        statements.event_index,
        statements.event_kind,
        statements.event_date,
        statements.date_basis,
        statements.is_recap,
        statements.measure,
        statements.value,
        statements.category,
        statements.bound,
        true as is_taken_back
    from {{ source('raw', 'statements') }} as statements
    semi join decided
        on
            statements.version_id = decided.version_id
            and statements.reader_version = decided.reader_version
)

select
    versions.source_id,
    versions.announcement_id,
    versions.version_id,
    statements.event_index,
    statements.event_kind,
    statements.event_date as reported_date,
    statements.date_basis,
    statements.is_recap,
    statements.is_taken_back,
    sources.publisher,
    sources.side,
    versions.independent_publisher,
    versions.is_mined,
    versions.published_at,
    versions.valid_from,
    versions.valid_to,
    versions.first_seen_at,
    bool_or(statements.measure = 'event') as is_event,
    max(statements.value) filter (
        where statements.measure in ('released_total', 'bodies_to_ukraine') and statements.bound = 'exact'
    ) as total,
    max(statements.value) filter (
        where statements.measure in ('released_total', 'bodies_to_ukraine') and statements.bound = 'at_least'
    ) as least_total,
    max(statements.value) filter (
        where statements.measure in ('released_total', 'bodies_to_ukraine') and statements.bound = 'about'
    ) as about_total,
    max(statements.value) filter (where statements.measure = 'official_number') as official_number,
    max(statements.value) filter (where statements.measure = 'stage') as stage,
    coalesce(bool_or(statements.measure = 'event' and statements.category = 'further'), false) as is_further
from read as statements
inner join versions
    on statements.version_id = versions.version_id
inner join {{ ref('stg_sources') }} as sources
    on versions.source_id = sources.source_id
where statements.event_date is not null
group by all
