-- Bodies returned, one row a day.
with statements as (
    select
        *,
        row_number() over (
            partition by event_date, measure
            order by (bound <> 'exact') asc, precedence asc, published_at desc, statement_id asc
        ) as standing
    from {{ ref('stg_statements') }}
    where event_kind = 'repatriation' and event_date is not null and is_current
)

select
    'repatriation-' || strftime(event_date, '%Y-%m-%d') as repatriation_id,
    event_date as repatriated_on,
    any_value(value) filter (where measure = 'bodies_to_ukraine') as bodies_to_ukraine,
    any_value(value) filter (where measure = 'bodies_to_russia') as bodies_to_russia,
    min(published_at) as first_announced_at,
    any_value(url) filter (where measure = 'event') as announcement_url
from statements
where standing = 1
group by event_date
order by repatriated_on
