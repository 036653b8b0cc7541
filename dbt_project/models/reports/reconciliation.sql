-- Every official total next to ours for the same period, with the difference explained.
with items as (
    select
        statement_id,
        any_value(ours) as ours,
        sum(value) filter (where is_explained) as explained,
        sum(value) filter (where not is_explained) as unexplained,
        string_agg(
            if(value = 0, item, item || ' (' || if(value > 0, '+', '') || value || ')'), '; '
            order by abs(value) desc, item
        ) as explanation
    from {{ ref('reconciliation_items') }}
    group by statement_id
)

select
    totals.statement_id,
    totals.period,
    totals.measure,
    totals.scope,
    totals.claimed_at,
    totals.source_id,
    totals.value as official,
    totals.bound,
    items.ours,
    totals.value - items.ours as difference,
    cast(coalesce(items.explained, 0) as integer) as explained,
    cast(
        case when items.statement_id is not null then coalesce(items.unexplained, 0) end as integer
    ) as unexplained,
    coalesce(items.explanation, 'a period that can not be compared with ours') as explanation,
    totals.quote,
    totals.url
from {{ ref('fct_official_totals') }} as totals
left join items on totals.statement_id = items.statement_id
order by totals.period, totals.measure, totals.claimed_at, totals.statement_id
