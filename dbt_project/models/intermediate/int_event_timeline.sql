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
        together.handovers as counted,
        together.totals as counted_totals,
        mentions.is_announcement and mentions.side <> 'press' and together.handovers is null
        and (
            coalesce(mentions.total, mentions.least_total, mentions.about_total) is not null
            or handovers.handover > 1
        ) as is_of_one
    from {{ ref('int_mentions_of_days') }} as mentions
    left join {{ ref('int_handovers') }} as handovers
        on
            mentions.event_kind = handovers.event_kind
            and mentions.day = handovers.day
            and mentions.mention_id = handovers.mention_id
    left join {{ ref('int_counted_together') }} as together
        on
            mentions.event_kind = together.event_kind
            and mentions.day = together.day
            and mentions.mention_id = together.mention_id
    where mentions.is_taken_back is not true
),

-- What officials told of one by one, from when on, and by which items.
told_one_by_one as (
    select
        event_kind,
        day,
        handover,
        item_id,
        min(as_of) as told_from
    from told
    where is_of_one
    group by event_kind, day, handover, item_id
),

told_now as (
    select
        event_kind,
        day,
        as_of,
        list(distinct handover) as handovers
    from told
    where is_of_one
    group by event_kind, day, as_of
),

sums as (
    select
        told.event_kind,
        told.day,
        told.as_of,
        told.mention_id,
        told.item_id,
        told.counted,
        told.counted_totals,
        coalesce(told_now.handovers, []) as handovers_now
    from told
    left join told_now
        on
            told.event_kind = told_now.event_kind
            and told.day = told_now.day
            and told.as_of = told_now.as_of
    where told.counted is not null
),

-- A text that counts several exchanges together while each is told, or will be, is evidence of none of
-- them. When one that was told is told no more, it speaks for all where they were its own item's, or
-- where none is left; where one alone is left of the day, it is in conflict with that one.
counting as (
    select
        sums.event_kind,
        sums.day,
        sums.as_of,
        sums.mention_id,
        sums.counted,
        sums.counted_totals,
        sums.handovers_now,
        bool_or(before.item_id = sums.item_id or not list_has_any(sums.counted, sums.handovers_now))
            as is_speaking
    from sums
    inner join told_one_by_one as before
        on
            sums.event_kind = before.event_kind
            and sums.day = before.day
            and sums.as_of >= before.told_from
            and list_contains(sums.counted, before.handover)
            and not list_contains(sums.handovers_now, before.handover)
    group by all
),

speaking as (
    select
        event_kind,
        day,
        as_of,
        min(counted[1]) as handover,
        flatten(list(counted)) as counted,
        flatten(list(counted_totals)) as totals
    from counting
    where is_speaking
    group by event_kind, day, as_of
),

mentions as (
    select
        told.* replace (
            case
                when told.counted is not null and counting.is_speaking then speaking.handover
                when told.counted is not null
                    then if(
                        speaking.day is null and len(counting.handovers_now) = 1,
                        counting.handovers_now[1], null
                    )
                when not coalesce(list_contains(speaking.counted, told.handover), false)
                    then told.handover
                when told.total is null or not list_contains(speaking.totals, told.total)
                    then speaking.handover
            end as handover
        )
    from told
    left join speaking
        on
            told.event_kind = speaking.event_kind
            and told.day = speaking.day
            and told.as_of = speaking.as_of
    left join counting
        on
            told.event_kind = counting.event_kind
            and told.day = counting.day
            and told.as_of = counting.as_of
            and told.mention_id = counting.mention_id
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
        -- Texts of the next day that repeat one which itself repeats the day before announce nothing here.
        coalesce(bool_or(mentions.is_announcement and mentions.is_moved is not true), false) as is_announced,
        list(
            {
                'mention_id': mentions.mention_id, 'version_id': mentions.version_id,
                'event_index': mentions.event_index, 'is_moved': mentions.is_moved,
                'is_further': mentions.is_further
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
