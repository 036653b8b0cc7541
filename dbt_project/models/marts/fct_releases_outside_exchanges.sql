-- People released without an exchange, one row per day.
with statements as (
    select * from {{ ref('int_statement_verdicts') }}
    where event_kind = 'release_outside_exchange' and is_last
),

conflicts as (
    select
        event_id,
        bool_or(is_conflict and measure <> 'part') as has_conflict
    from statements
    group by event_id
),

standing as (
    select * from statements
    where verdict = 'stands'
),

mediators as (
    select
        event_id,
        list(subject order by subject) as mediators
    from standing
    where measure = 'mediator'
    group by event_id
)

select
    events.event_id as release_id,
    events.day as released_on,
    totals.value as released_total,
    totals.bound as released_bound,
    totals.bound = 'at_least' as released_is_lower_bound,
    coalesce(mediators.mediators, cast([] as varchar[])) as mediators,
    conflicts.has_conflict,
    events.first_announced_at,
    coalesce(totals.url, announced.url) as announcement_url,
    coalesce(totals.statement_id, announced.statement_id) as statement_id
from {{ ref('int_events') }} as events
inner join standing as announced
    on
        events.event_id = announced.event_id
        and announced.measure = 'event'
left join standing as totals
    on
        events.event_id = totals.event_id
        and totals.measure = 'released_total'
inner join conflicts on events.event_id = conflicts.event_id
left join mediators on events.event_id = mediators.event_id
order by released_on
