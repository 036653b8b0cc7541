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
    is_current
from {{ ref('stg_announcements') }}
