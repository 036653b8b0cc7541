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
    load_seq
from {{ source('raw', 'announcements') }}
