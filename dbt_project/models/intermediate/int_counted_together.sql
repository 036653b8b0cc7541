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
    -- Officials have never held more than three exchanges on a day.
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

-- An exchange of its own that a text sets apart is no sum; nor is what its publisher later adds another one
-- to.
exact as (
    select
        mentions.day,
        mentions.mention_id,
        arg_min(
            { 'handovers': sums.handovers, 'totals': sums.totals },
            (len(sums.handovers), sums.handovers, sums.totals)
        ) as sum
    from mentions
    inner join partial_sums as sums
        on
            mentions.day = sums.day
            and mentions.total = sums.total
            and len(sums.handovers) > 1
    left join mentions as added
        on
            mentions.day = added.day
            and mentions.publisher = added.publisher
            and mentions.item_id <> added.item_id
            and mentions.said_from < added.first_from
            and added.is_further
            and list_contains(sums.totals, added.total)
    where not mentions.is_set_apart and added.mention_id is null
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
    from mentions
    inner join most on mentions.day = most.day
    inner join partial_sums as sums
        on
            mentions.day = sums.day
            and len(sums.handovers) > 1
            and (
                sums.total >= mentions.least_total
                or abs(sums.total - mentions.about_total) <= 0.1 * sums.total
            )
    where mentions.total is null and coalesce(mentions.least_total, mentions.about_total) > 1.1 * most.total
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
