{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['day'], meta={'changed_in': 'int_changed_days'}
) }}
-- depends_on: {{ ref('int_changed_days') }}
-- The mentions that count several exchanges of a day together, each with these and their totals: "95 came
-- home today" beside 50 and another 45. What a mention counts does not change with time; whether the others
-- are told one by one does (int_event_timeline).
with recursive mentions as (
    select handovers.*
    from {{ ref('int_handovers') }} as handovers
    semi join {{ ref('int_changed_days') }} as touched
        on handovers.day = touched.day
    where handovers.event_kind = 'exchange' and not handovers.is_taken_back
),

totals as (
    select distinct
        day,
        handover,
        total
    from mentions
    -- Officials have never held more than three exchanges on a day. A sum with a seventh is in conflict with
    -- the first exchange, where a person sees it.
    where is_official and total is not null and handover <= 6
),

-- Sums of any of a day's exchanges, with any total that each was ever given.
partial_sums as (
    select distinct
        day,
        0 as last_handover,
        0 as total,
        cast([] as integer[]) as handovers,
        cast([] as integer[]) as totals
    from totals
    where handover > 1
    union
    select
        partial_sums.day,
        totals.handover as last_handover,
        partial_sums.total + totals.total as total,
        list_append(partial_sums.handovers, totals.handover) as handovers,
        list_append(partial_sums.totals, totals.total) as totals
    from partial_sums
    inner join totals
        on
            partial_sums.day = totals.day
            and partial_sums.last_handover < totals.handover
),

-- When officials first told of a total, and of how many totals a number is.
first_told as (
    select
        day,
        total,
        min(first_from) as first_from
    from mentions
    where is_official and total is not null
    group by day, total
),

of_numbers as (
    select
        day,
        official_number,
        count(distinct total) as totals
    from mentions
    where is_official and total is not null and official_number is not null
    group by day, official_number
),

sums as (
    select *
    from partial_sums
    where len(handovers) > 1
),

-- A total that its publisher adds another one to, which nobody had told of before, is no sum of both.
added_to as (
    select distinct
        mentions.day,
        mentions.total
    from mentions
    inner join sums
        on
            mentions.day = sums.day
            and mentions.total = sums.total
    inner join mentions as added
        on
            mentions.day = added.day
            and mentions.publisher = added.publisher
            and mentions.item_id <> added.item_id
            and added.is_further
            and list_contains(sums.totals, added.total)
    inner join first_told
        on
            added.day = first_told.day
            and added.total = first_told.total
            and mentions.said_from < first_told.first_from
    where mentions.is_official
),

-- Nor is what a text sets apart as an exchange of its own, what alone has an official number, or what a
-- publisher calls another one beside its own parts.
may_be_sums as (
    select mentions.*
    from mentions
    anti join added_to
        on
            mentions.day = added_to.day
            and mentions.total = added_to.total
    left join of_numbers
        on
            mentions.day = of_numbers.day
            and mentions.official_number = of_numbers.official_number
    left join mentions as own
        on
            mentions.day = own.day
            and mentions.publisher = own.publisher
            and mentions.item_id <> own.item_id
            and mentions.is_further
            and own.is_official
            and own.total is not null
    where not mentions.is_set_apart and coalesce(of_numbers.totals, 2) > 1 and own.mention_id is null
),

exact as (
    select
        mentions.day,
        mentions.mention_id,
        arg_min(
            { 'handovers': sums.handovers, 'totals': sums.totals },
            (len(sums.handovers), sums.handovers, sums.totals)
        ) as sum
    from may_be_sums as mentions
    inner join sums
        on
            mentions.day = sums.day
            and mentions.total = sums.total
    group by mentions.day, mentions.mention_id
),

most as (
    select
        totals.day,
        max(totals.total) as total
    from totals
    anti join exact
        on
            totals.day = exact.day
            and totals.total = list_sum(exact.sum['totals'])
    group by totals.day
),

-- "More than 90" beside 50 and another 45.
bounded as (
    select
        mentions.day,
        mentions.mention_id,
        arg_min(
            { 'handovers': sums.handovers, 'totals': sums.totals }, (sums.total, sums.handovers, sums.totals)
        ) as sum
    from may_be_sums as mentions
    inner join most on mentions.day = most.day
    inner join sums
        on
            mentions.day = sums.day
            and (
                sums.total >= mentions.least_total
                or abs(sums.total - mentions.about_total) <= 0.1 * sums.total
            )
    where
        mentions.total is null
        and (mentions.least_total > most.total or mentions.about_total > 1.1 * most.total)
    group by mentions.day, mentions.mention_id
)

select
    'exchange' as event_kind,
    day,
    mention_id,
    sum['handovers'] as handovers,
    sum['totals'] as totals
from exact
union all
select
    'exchange' as event_kind,
    day,
    mention_id,
    sum['handovers'] as handovers,
    sum['totals'] as totals
from bounded
