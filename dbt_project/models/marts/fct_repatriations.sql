-- Bodies returned, one row a day.
with statements as (
    select
        judged.*,
        versions.url
    from {{ ref('int_judged_statements') }} as judged
    inner join {{ ref('stg_statements') }} as statements
        on judged.statement_id = statements.statement_id
    inner join {{ ref('int_versions') }} as versions
        on statements.version_id = versions.version_id
    where judged.event_kind = 'repatriation' and judged.is_last and judged.verdict = 'stands'
)

select
    events.event_id as repatriation_id,
    events.day as repatriated_on,
    max(statements.value) filter (where statements.measure = 'bodies_to_ukraine') as bodies_to_ukraine,
    max(statements.value) filter (where statements.measure = 'bodies_to_russia') as bodies_to_russia,
    events.first_announced_at,
    coalesce(
        max(statements.url) filter (where statements.measure = 'bodies_to_ukraine'),
        max(statements.url) filter (where statements.measure = 'event')
    ) as announcement_url
from {{ ref('int_events') }} as events
inner join statements on events.event_id = statements.event_id
group by events.event_id, events.day, events.first_announced_at
order by repatriated_on
