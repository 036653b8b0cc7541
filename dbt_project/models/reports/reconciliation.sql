-- Every official total next to ours for the same period, with the difference explained.
with items as (
    select
        statement_id,
        any_value(ours) as ours,
        any_value(ours_bound) as ours_bound,
        sum(value) filter (where certainty = 'counted') as explained,
        sum(value) filter (where certainty = 'possible') as possibly_explained,
        sum(value) filter (where certainty = 'none') as unexplained,
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
    items.ours_bound,
    totals.value - items.ours as difference,
    cast(coalesce(items.explained, 0) as integer) as explained,
    cast(coalesce(items.possibly_explained, 0) as integer) as possibly_explained,
    cast(
        case when items.statement_id is not null then coalesce(items.unexplained, 0) end as integer
    ) as unexplained,
    case
        when items.statement_id is not null then items.explanation
        when totals.measure in ('released', 'released_change', 'exchanges', 'bodies')
            then 'not compared: ours are summed by year and since 2022-02-24'
        else 'not compared: ours are not summed for this measure'
    end as explanation,
    totals.quote,
    totals.url
from {{ ref('fct_official_totals') }} as totals
left join items on totals.statement_id = items.statement_id
order by totals.period, totals.measure, totals.claimed_at, totals.statement_id
