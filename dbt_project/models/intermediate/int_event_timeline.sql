{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['day'], meta={'changed_in': 'int_changed_days'}
) }}
-- Timeline of each day's event: the mentions that were valid at each timestamp at which they changed.
-- One row per event kind, day and timestamp; the last row of a day is the current state.
with days as (
    select day from {{ ref('int_changed_days') }}
),

mentions as (
    select
        *,
        version_id || '/' || event_index as mention_id,
        source_id || '/' || announcement_id as item_id
    from {{ ref('int_event_mentions') }}
),

near as (
    select
        days.day,
        mentions.*
    from days
    inner join mentions
        on mentions.reported_date between days.day - 1 and days.day + 1
),

moments as (
    select distinct
        event_kind,
        day,
        unnest([valid_from, valid_to]) as as_of
    from near
),

visible as (
    select
        moments.as_of,
        near.*
    from moments
    inner join near
        on
            moments.event_kind = near.event_kind
            and moments.day = near.day
            and near.valid_from <= moments.as_of
            and (near.valid_to is null or near.valid_to > moments.as_of)
),

-- A mention without a date belongs to the day before when it repeats that day's total or official number and
-- contradicts neither; so does a press report without figures. A stated date is accepted, but the press and
-- other countries use their own time zone: their mention moves when it repeats the total that Ukraine
-- reported for the day before. A dated Ukrainian statement for the later day keeps both days apart.
before as (
    select distinct
        later.day,
        later.as_of,
        later.mention_id
    from visible as later
    inner join visible as earlier
        on
            later.event_kind = earlier.event_kind
            and later.day = earlier.day
            and later.as_of = earlier.as_of
            and later.reported_date = earlier.reported_date + 1
            and later.item_id <> earlier.item_id
    where
        not later.is_recap
        and not earlier.is_recap
        and coalesce(later.total = earlier.total, true)
        and coalesce(later.official_number = earlier.official_number, true)
        and coalesce(later.stage = earlier.stage, true)
        and case
            when
                later.date_basis = 'publication'
                and (later.total = earlier.total or later.official_number = earlier.official_number)
                then true
            when later.date_basis = 'publication'
                then later.side = 'press' and later.total is null and later.official_number is null
            else later.side <> 'ukraine' and earlier.side = 'ukraine' and later.total = earlier.total
        end
),

supported as (
    select distinct
        later.day,
        later.as_of,
        later.mention_id
    from visible as later
    inner join visible as same_day
        on
            later.event_kind = same_day.event_kind
            and later.day = same_day.day
            and later.as_of = same_day.as_of
            and later.reported_date = same_day.reported_date
            and later.item_id <> same_day.item_id
    where
        not same_day.is_recap
        and same_day.side = 'ukraine'
        and same_day.date_basis = 'text'
        and coalesce(later.total = same_day.total, true)
        and coalesce(later.official_number = same_day.official_number, true)
        and coalesce(later.stage = same_day.stage, true)
),

joined as (
    select
        visible.event_kind,
        visible.day,
        visible.as_of,
        visible.version_id,
        visible.event_index,
        visible.mention_id,
        visible.is_event and not visible.is_recap as is_announcement,
        before.mention_id is not null and supported.mention_id is null as is_moved,
        visible.reported_date
    from visible
    left join before
        on
            visible.day = before.day
            and visible.as_of = before.as_of
            and visible.mention_id = before.mention_id
    left join supported
        on
            visible.day = supported.day
            and visible.as_of = supported.as_of
            and visible.mention_id = supported.mention_id
),

states as (
    select
        moments.event_kind,
        moments.day,
        moments.as_of,
        coalesce(bool_or(joined.is_announcement), false) as is_announced,
        list(
            {
                'mention_id': joined.mention_id, 'version_id': joined.version_id,
                'event_index': joined.event_index, 'is_moved': joined.is_moved
            }
            order by joined.mention_id
        ) filter (where joined.mention_id is not null) as mentions
    from moments
    left join joined
        on
            moments.event_kind = joined.event_kind
            and moments.day = joined.day
            and moments.as_of = joined.as_of
            and joined.reported_date = joined.day + if(joined.is_moved, 1, 0)
    where moments.as_of is not null
    group by all
),

changes as (
    select
        *,
        lag(mentions) over history as mentions_before,
        lag(is_announced, 1, false) over history as was_announced
    from states
    window history as (partition by event_kind, day order by as_of)
),

kept as (
    select
        *,
        count(*) filter (where is_announced and not was_announced) over history as episode
    from changes
    where mentions is distinct from mentions_before
    window history as (partition by event_kind, day order by as_of)
)

-- A withdrawn event that is announced again is a new event: ids are never reused.
select
    event_kind,
    day,
    as_of,
    lead(as_of) over history as as_of_end,
    row_number() over (partition by event_kind, day order by as_of desc) = 1 as is_last,
    is_announced,
    cast(episode as integer) as episode,
    replace(event_kind, 'release_outside_exchange', 'release') || '-' || strftime(day, '%Y-%m-%d')
    || if(episode > 1, '-' || episode, '') as event_id,
    mentions
from kept
window history as (partition by event_kind, day order by as_of)
