-- Repatriations of bodies, one row per day.
with statements as (
    select * from {{ ref('int_statement_verdicts') }}
    where event_kind = 'repatriation' and is_last and verdict = 'stands'
)

select
    events.event_id as repatriation_id,
    events.day as repatriated_on,
    max(statements.value) filter (where statements.measure = 'bodies_to_ukraine') as bodies_to_ukraine,
    max(statements.bound) filter (where statements.measure = 'bodies_to_ukraine') as bodies_to_ukraine_bound,
    max(statements.value) filter (where statements.measure = 'bodies_to_russia') as bodies_to_russia,
    max(statements.bound) filter (where statements.measure = 'bodies_to_russia') as bodies_to_russia_bound,
    events.first_announced_at,
    coalesce(
        max(statements.url) filter (where statements.measure = 'bodies_to_ukraine'),
        max(statements.url) filter (where statements.measure = 'event')
    ) as announcement_url
from {{ ref('int_events') }} as events
inner join statements on events.event_id = statements.event_id
group by events.event_id, events.day, events.first_announced_at
order by repatriated_on
