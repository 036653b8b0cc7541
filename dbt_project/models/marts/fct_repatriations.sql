-- Repatriations of bodies, one row per day.
with statements as (
    select * from {{ ref('int_statement_verdicts') }}
    where event_kind = 'repatriation' and is_last
),

conflicts as (
    select
        event_id,
        bool_or(is_conflict) as has_conflict
    from statements
    group by event_id
),

standing as (
    select * from statements
    where verdict = 'stands'
)

select
    events.event_id as repatriation_id,
    events.day as repatriated_on,
    max(standing.value) filter (where standing.measure = 'bodies_to_ukraine') as bodies_to_ukraine,
    max(standing.bound) filter (where standing.measure = 'bodies_to_ukraine') as bodies_to_ukraine_bound,
    max(standing.value) filter (where standing.measure = 'bodies_to_russia') as bodies_to_russia,
    max(standing.bound) filter (where standing.measure = 'bodies_to_russia') as bodies_to_russia_bound,
    conflicts.has_conflict,
    events.first_announced_at,
    coalesce(
        max(standing.url) filter (where standing.measure = 'bodies_to_ukraine'),
        max(standing.url) filter (where standing.measure = 'event')
    ) as announcement_url
from {{ ref('int_events') }} as events
inner join standing on events.event_id = standing.event_id
inner join conflicts on events.event_id = conflicts.event_id
group by events.event_id, events.day, events.first_announced_at, conflicts.has_conflict
order by repatriated_on
