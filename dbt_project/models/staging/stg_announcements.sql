-- Only announcements that the extractor has read: one loaded while a run is building would hide the version
-- before it, and state nothing itself.
select
    announcements.version_id,
    announcements.source_id,
    announcements.announcement_id,
    announcements.url,
    announcements.language,
    announcements.published_at,
    announcements.title,
    announcements.text,
    announcements.is_edited,
    announcements.forwarded_from,
    announcements.first_seen_at,
    announcements.load_seq
from {{ source('raw', 'announcements') }} as announcements
where
    announcements.load_seq <= (
        select max(readers.read_through) from {{ source('raw', 'readers') }} as readers
        where
            readers.reader_version = (select build.reader_version from {{ source('raw', 'build') }} as build)
    )
