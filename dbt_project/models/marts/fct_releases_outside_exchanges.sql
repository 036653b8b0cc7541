-- People who came home with no exchange. One row a day; the best statement of each figure stands.
with statements as (
    select
        *,
        row_number() over (
            partition by event_date, measure
            order by (bound <> 'exact') asc, is_recap asc, precedence asc, published_at desc, statement_id asc
        ) as standing
    from {{ ref('stg_statements') }}
    where
        event_kind = 'release_outside_exchange'
        and event_date is not null
        and is_current
),

days as (
    select
        event_date,
        list(distinct category order by category) filter (where measure = 'mediator') as mediators,
        min(published_at) as first_announced_at
    from statements
    group by event_date
    having bool_or(measure = 'released_total' and not is_recap)
)

select
    'release-' || strftime(days.event_date, '%Y-%m-%d') as release_id,
    days.event_date as released_on,
    totals.value as released_total,
    totals.bound = 'at_least' as released_is_lower_bound,
    coalesce(days.mediators, cast([] as varchar[])) as mediators,
    days.first_announced_at,
    totals.url as announcement_url,
    totals.statement_id
from days
inner join statements as totals
    on days.event_date = totals.event_date
where totals.measure = 'released_total' and totals.standing = 1
order by released_on
