-- A post that was edited has several versions; the one loaded last is what its source says now.
select
    version_id,
    source_id,
    announcement_id,
    url,
    language,
    published_at,
    title,
    text,
    is_edited,
    forwarded_from,
    first_seen_at,
    row_number() over (
        partition by source_id, announcement_id
        order by first_seen_at desc, version_id desc
    ) = 1 as is_current
from {{ source('raw', 'announcements') }}
