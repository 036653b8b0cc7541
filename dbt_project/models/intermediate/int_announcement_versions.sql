{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['source_id', 'announcement_id'], meta={'changed_in': 'int_changed_items'}
) }}
-- Validity period of each version. The first is valid from its publication, later ones from when they were
-- first seen, because no source states when it edited; the last ends with the deletion.
with versions as (
    select
        announcements.version_id,
        announcements.source_id,
        announcements.announcement_id,
        announcements.url,
        announcements.published_at,
        announcements.forwarded_from,
        announcements.first_seen_at,
        row_number() over item as version_number,
        lead(announcements.first_seen_at) over item as superseded_at
    from {{ ref('stg_announcements') }} as announcements
    semi join {{ ref('int_changed_items') }} as touched
        on
            announcements.source_id = touched.source_id
            and announcements.announcement_id = touched.announcement_id
    window item as (
        partition by announcements.source_id, announcements.announcement_id
        order by announcements.first_seen_at, announcements.load_seq
    )
)

select
    versions.version_id,
    versions.source_id,
    versions.announcement_id,
    versions.url,
    versions.published_at,
    -- A forwarded post is another publisher's, and the press repeats officials.
    if(sources.side <> 'press' and versions.forwarded_from is null, sources.publisher, null)
        as independent_publisher,
    coalesce(sources.is_mined, false) as is_mined,
    versions.first_seen_at,
    versions.version_number,
    case
        when versions.version_number = 1 then versions.published_at
        else greatest(versions.first_seen_at, versions.published_at)
    end as valid_from,
    least(versions.superseded_at, deletions.deleted_at) as valid_to,
    versions.superseded_at is null as is_newest,
    versions.superseded_at is null and deletions.deleted_at is null as is_current,
    deletions.deleted_at
from versions
left join {{ ref('stg_deletions') }} as deletions
    on
        versions.source_id = deletions.source_id
        and versions.announcement_id = deletions.announcement_id
        and deletions.is_deleted
left join {{ ref('stg_sources') }} as sources
    on versions.source_id = sources.source_id
