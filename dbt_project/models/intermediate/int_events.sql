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
        mentions.independent_publisher,
        mentions.published_at
    from last_moments
    inner join {{ ref('int_event_mentions') }} as mentions
        on
            last_moments.mention.version_id = mentions.version_id
            and last_moments.mention.event_index = mentions.event_index
            and not mentions.is_taken_back
    where mentions.is_event and not mentions.is_recap
)

-- Accounts of one publisher count once.
select
    event_kind,
    event_id,
    day,
    handover,
    count(distinct source_id) as source_count,
    count(distinct independent_publisher) as independent_publishers,
    min(published_at) as first_announced_at
from announcements
group by event_kind, event_id, day, handover
