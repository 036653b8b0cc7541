{{ config(
    materialized='incremental', incremental_strategy='replace_changed', on_schema_change='fail',
    unique_key=['source_id', 'announcement_id'], meta={'changed_in': 'int_changed_items'}
) }}
select
    announcements.version_id,
    announcements.source_id,
    announcements.announcement_id,
    versions.version_number,
    announcements.url,
    announcements.language,
    announcements.published_at,
    announcements.title,
    announcements.text,
    announcements.is_edited,
    announcements.forwarded_from,
    versions.is_current,
    versions.deleted_at,
    announcements.first_seen_at
from {{ ref('stg_announcements') }} as announcements
semi join {{ ref('int_changed_items') }} as touched
    on
        announcements.source_id = touched.source_id
        and announcements.announcement_id = touched.announcement_id
inner join {{ ref('int_announcement_versions') }} as versions
    on announcements.version_id = versions.version_id
order by announcements.published_at, announcements.version_id
