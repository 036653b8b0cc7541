-- Announcements that changed since the last publication: newly extracted, edited, deleted, restored or
-- reviewed.
with changed_versions as (
    select version_id
    from {{ ref('stg_readings') }}
    where change_seq > (select coalesce(max(build.since), 0) from {{ source('raw', 'build') }} as build)
    union all
    select version_id
    from {{ ref('stg_reviews') }}
    where change_seq > (select coalesce(max(build.since), 0) from {{ source('raw', 'build') }} as build)
)

select
    announcements.source_id,
    announcements.announcement_id
from {{ ref('stg_announcements') }} as announcements
-- A semi join with the few that changed skips the rows of a million.
semi join changed_versions
    on announcements.version_id = changed_versions.version_id
union
select
    source_id,
    announcement_id
from {{ ref('stg_deletions') }}
where change_seq > (select coalesce(max(build.since), 0) from {{ source('raw', 'build') }} as build)
