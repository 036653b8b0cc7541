-- Events that are currently announced, with the number of their sources and the first announcement.
with last_moments as (
    select
        event_kind,
        day,
        handover,
        event_id,
        as_of,
        unnest(mentions) as mention
    from {{ ref('int_event_timeline') }}
    where is_last and is_announced
),

announcements as (
    select
        last_moments.event_kind,
        last_moments.day,
        last_moments.handover,
        last_moments.event_id,
        mentions.source_id,
        mentions.publisher,
        mentions.side,
        versions.published_at,
        versions.forwarded_from
    from last_moments
    inner join {{ ref('int_event_mentions') }} as mentions
        on
            last_moments.mention.version_id = mentions.version_id
            and last_moments.mention.event_index = mentions.event_index
            and not mentions.is_taken_back
    inner join {{ ref('int_announcement_versions') }} as versions
        on mentions.version_id = versions.version_id
    where mentions.is_event and not mentions.is_recap
)

-- Accounts of one publisher count once. A forwarded post is another publisher's, and the press repeats
-- officials, so neither is an independent publisher.
select
    event_kind,
    event_id,
    day,
    handover,
    count(distinct source_id) as source_count,
    count(distinct publisher) filter (
        where side <> 'press' and forwarded_from is null
    ) as independent_publishers,
    min(published_at) as first_announced_at
from announcements
group by event_kind, event_id, day, handover
