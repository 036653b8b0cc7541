{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['day'], meta={'changed_in': 'int_changed_days'}
) }}
-- depends_on: {{ ref('int_changed_days') }}
-- Timeline of each event: the mentions that were valid at each timestamp at which they changed.
-- One row per event kind, day, handover and timestamp; the last row of each is the current state.
with told as (
    select
        mentions.*,
        handovers.handover,
        handovers.exchanges,
        mentions.is_announcement and mentions.side <> 'press' as is_official
    from {{ ref('int_mentions_of_days') }} as mentions
    left join {{ ref('int_handovers') }} as handovers
        on
            mentions.event_kind = handovers.event_kind
            and mentions.day = handovers.day
            and mentions.mention_id = handovers.mention_id
    where mentions.is_taken_back is not true
),

-- While a text counts several exchanges together of which not all are told one by one (an edit joined them,
-- or a source deleted its post), the day is that text's: one exchange of all.
counted_together as (
    select
        event_kind,
        day,
        as_of
    from told
    group by event_kind, day, as_of
    having
        max(exchanges) filter (where is_official)
        > count(distinct handover) filter (where is_official and total is not null)
        or (
            count(exchanges) filter (where is_announcement) > 0
            and count(*) filter (where is_announcement and total is not null and handover is not null) = 0
        )
),

mentions as (
    select
        told.* replace (
            case
                when counted_together.day is null then told.handover
                when told.exchanges is not null or told.total is null then 1
            end as handover
        )
    from told
    left join counted_together
        on
            told.event_kind = counted_together.event_kind
            and told.day = counted_together.day
            and told.as_of = counted_together.as_of
),

moments as (
    select distinct
        mentions.event_kind,
        mentions.day,
        mentions.as_of,
        coalesce(handovers.handover, 1) as handover
    from {{ ref('int_mentions_of_days') }} as mentions
    left join {{ ref('int_handovers') }} as handovers
        on
            mentions.event_kind = handovers.event_kind
            and mentions.day = handovers.day
),

states as (
    select
        moments.event_kind,
        moments.day,
        moments.handover,
        moments.as_of,
        coalesce(bool_or(mentions.is_announcement), false) as is_announced,
        list(
            {
                'mention_id': mentions.mention_id, 'version_id': mentions.version_id,
                'event_index': mentions.event_index, 'is_moved': mentions.is_moved
            }
            order by mentions.mention_id
        ) filter (where mentions.mention_id is not null) as mentions
    from moments
    left join mentions
        on
            moments.event_kind = mentions.event_kind
            and moments.day = mentions.day
            and moments.as_of = mentions.as_of
            and moments.handover = mentions.handover
    group by all
),

changes as (
    select
        *,
        lag(mentions) over history as mentions_before,
        lag(is_announced, 1, false) over history as was_announced
    from states
    window history as (partition by event_kind, day, handover order by as_of)
),

kept as (
    select
        *,
        count(*) filter (where is_announced and not was_announced) over history as episode
    from changes
    where mentions is distinct from mentions_before
    window history as (partition by event_kind, day, handover order by as_of)
)

-- A withdrawn event that is announced again is a new event: ids are never reused.
select
    event_kind,
    day,
    handover,
    as_of,
    lead(as_of) over history as as_of_end,
    row_number() over (partition by event_kind, day, handover order by as_of desc) = 1 as is_last,
    is_announced,
    cast(episode as integer) as episode,
    replace(event_kind, 'release_outside_exchange', 'release') || '-' || strftime(day, '%Y-%m-%d')
    || if(handover > 1, chr(96 + handover), '') || if(episode > 1, '-' || episode, '') as event_id,
    mentions
from kept
window history as (partition by event_kind, day, handover order by as_of)
