-- Announcements that changed since the last publication: newly extracted, edited, deleted, restored or
-- reviewed.
select
    announcements.source_id,
    announcements.announcement_id
from {{ ref('stg_readings') }} as readings
inner join {{ ref('stg_announcements') }} as announcements
    on readings.version_id = announcements.version_id
where
    readings.change_seq > (select coalesce(max(build.since), 0) from {{ source('raw', 'build') }} as build)
union
select
    source_id,
    announcement_id
from {{ ref('stg_deletions') }}
where change_seq > (select coalesce(max(build.since), 0) from {{ source('raw', 'build') }} as build)
union
select
    announcements.source_id,
    announcements.announcement_id
from {{ ref('stg_reviews') }} as reviews
inner join {{ ref('stg_announcements') }} as announcements
    on reviews.version_id = announcements.version_id
where
    reviews.change_seq > (select coalesce(max(build.since), 0) from {{ source('raw', 'build') }} as build)
