-- The mentions that belong to each changed day at each timestamp at which its evidence changed; a timestamp
-- at which none belongs to it has one row without a mention. Rebuilt by every build.
with days as (
    select day from {{ ref('int_changed_days') }}
),

mentions as (
    select
        *,
        version_id || '/' || event_index || if(is_taken_back is true, '/taken-back', '') as mention_id,
        source_id || '/' || announcement_id as item_id,
        -- When the announcement first told of the event; an edit is no later report.
        min(valid_from) over (
            partition by source_id, announcement_id, event_kind, event_index, is_taken_back is true
        ) as first_from
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
    where is_taken_back is not true
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

-- What is told of a day with several exchanges in all: a report of the next day may repeat the sum. A
-- number that a text gives twice counts twice, one that is repeated elsewhere once.
told as (
    select
        *,
        row_number() over (partition by day, as_of, version_id, total order by event_index) as copy
    from visible
    where is_event and not is_recap and is_taken_back is not true and side <> 'press' and total is not null
),

told_apart as (
    select
        event_kind,
        day,
        as_of,
        reported_date,
        publisher as teller,
        total,
        copy,
        bool_or(is_further) as is_further,
        max(events) as events
    from (
        select
            *,
            count(*) over (partition by day, as_of, version_id, reported_date) as events
        from told
    ) as of_texts
    group by all
),

sums_told as (
    select
        event_kind,
        day,
        as_of,
        reported_date,
        sum(total) as total
    from told_apart
    group by event_kind, day, as_of, reported_date, teller
    having count(*) > 1 and (bool_or(is_further) or max(events) > 1)
    union all
    select
        event_kind,
        day,
        as_of,
        reported_date,
        sum(total) as total
    from (
        select
            event_kind,
            day,
            as_of,
            reported_date,
            official_number,
            stage,
            arg_min(total, (first_from, mention_id)) as total
        from told
        where official_number is not null or stage is not null
        group by event_kind, day, as_of, reported_date, official_number, stage
    ) as of_numbers
    group by event_kind, day, as_of, reported_date
    having count(*) > 1
),

sums as (
    select
        event_kind,
        day,
        as_of,
        reported_date,
        list(total) as totals,
        max(total) as most
    from sums_told
    group by event_kind, day, as_of, reported_date
),

-- What a publisher adds to its own exchange of the day before is another one, whoever else told of that
-- day.
added as (
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
            and later.publisher = earlier.publisher
            and later.reported_date = earlier.reported_date + 1
            and later.item_id <> earlier.item_id
    -- A copy of what was called another one on the day before adds nothing.
    left join visible as original
        on
            later.event_kind = original.event_kind
            and later.day = original.day
            and later.as_of = original.as_of
            and later.reported_date = original.reported_date + 1
            and original.is_further
            and original.is_taken_back is not true
            and (later.total = original.total or later.official_number = original.official_number)
    where
        later.is_further
        and not earlier.is_recap
        and earlier.is_taken_back is not true
        and original.mention_id is null
),

-- Announcements of one day beside those of the day before, with the rules that may make them one event.
compared as (
    select
        later.day,
        later.as_of,
        later.mention_id,
        coalesce(later.total = earlier.total, false)
        or coalesce(list_contains(sums.totals, later.total), false)
        or coalesce(later.official_number = earlier.official_number, false) as is_repeated,
        later.date_basis = 'publication' as is_undated,
        later.first_from - earlier.first_from between interval 0 hours and interval 6 hours
        and cast(timezone('Europe/Kyiv', timezone('UTC', earlier.first_from)) as date) = earlier.reported_date
            as is_around_midnight,
        later.side = 'press' and later.total is null and later.official_number is null
            as is_press_without_figures,
        later.side <> 'ukraine' and earlier.side = 'ukraine'
        and (later.total = earlier.total or list_contains(sums.totals, later.total))
            as is_in_another_time_zone
    from visible as later
    inner join visible as earlier
        on
            later.event_kind = earlier.event_kind
            and later.day = earlier.day
            and later.as_of = earlier.as_of
            and later.reported_date = earlier.reported_date + 1
            and later.item_id <> earlier.item_id
    left join sums
        on
            earlier.event_kind = sums.event_kind
            and earlier.day = sums.day
            and earlier.as_of = sums.as_of
            and earlier.reported_date = sums.reported_date
    anti join added
        on
            later.day = added.day
            and later.as_of = added.as_of
            and later.mention_id = added.mention_id
    where
        not later.is_recap
        and not earlier.is_recap
        and earlier.is_taken_back is not true
        -- A mined page moves no other source's announcement to its day.
        and (earlier.is_mined is not true or later.is_mined is true)
        and coalesce(later.total = earlier.total or list_contains(sums.totals, later.total), true)
        and coalesce(later.official_number = earlier.official_number, true)
        and coalesce(later.stage = earlier.stage, true)
        -- A bound or a round number that the earlier total does not meet (int_statement_verdicts) is
        -- another event's.
        and coalesce(later.least_total <= greatest(earlier.total, sums.most), true)
        and coalesce(
            abs(later.about_total - earlier.total) <= 0.1 * earlier.total
            or abs(later.about_total - sums.most) <= 0.1 * sums.most, true
        )
),

-- A mention without a date belongs to the day before when it repeats that day's total or official number
-- and contradicts neither; so does a press report without figures. A stated date is accepted, but the press
-- and other countries use their own time zone: their mention moves when it repeats the total that Ukraine
-- reported for the day before; and what is repeated within hours is one event on both sides of midnight.
before as (
    select
        day,
        as_of,
        mention_id,
        bool_or(coalesce(is_repeated and is_around_midnight, false)) as is_around_midnight
    from compared
    where
        coalesce(is_repeated and is_around_midnight, false)
        or if(is_undated, coalesce(is_repeated, false) or is_press_without_figures, is_in_another_time_zone)
    group by all
),

-- A Ukrainian statement of the later day keeps both days apart: a dated one, or one that calls its exchange
-- a further one; but not one that itself repeats what happened before midnight.
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
    anti join before
        on
            same_day.day = before.day
            and same_day.as_of = before.as_of
            and same_day.mention_id = before.mention_id
    where
        not same_day.is_recap
        and same_day.is_taken_back is not true
        and same_day.side = 'ukraine'
        and (same_day.date_basis = 'text' or same_day.is_further)
        and coalesce(later.total = same_day.total, true)
        and coalesce(later.official_number = same_day.official_number, true)
        and coalesce(later.stage = same_day.stage, true)
),

placed as (
    select
        visible.*,
        before.mention_id is not null and (supported.mention_id is null or before.is_around_midnight)
            as is_moved
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
)

select
    moments.event_kind,
    moments.day,
    moments.as_of,
    placed.mention_id,
    placed.version_id,
    placed.event_index,
    placed.item_id,
    placed.publisher,
    placed.side,
    placed.first_from,
    placed.first_seen_at,
    placed.is_event and not placed.is_recap as is_announcement,
    placed.is_moved,
    placed.is_taken_back,
    placed.total,
    placed.least_total,
    placed.about_total,
    placed.official_number,
    placed.stage,
    placed.is_further
from moments
left join placed
    on
        moments.event_kind = placed.event_kind
        and moments.day = placed.day
        and moments.as_of = placed.as_of
        and placed.reported_date = placed.day + if(placed.is_moved, 1, 0)
where moments.as_of is not null
