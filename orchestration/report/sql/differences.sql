-- Why the officials' last total for a year differs from ours of that time, reason by reason.
select
    totals.period as year,
    totals.measure,
    timezone('Europe/Kyiv', timezone('UTC', totals.claimed_at))::date as day,
    items.official,
    totals.bound as official_bound,
    items.ours,
    items.ours_bound,
    items.item,
    items.value
from marts.fct_official_totals as totals
inner join reports.reconciliation_items as items on totals.statement_id = items.statement_id
where
    totals.later_claims = 0
    and regexp_full_match(totals.period, '[0-9]{4}')
    and totals.measure in ('released', 'exchanges')
    and totals.scope = if(totals.measure = 'exchanges', 'exchange', 'all')
    and items.value <> 0
order by totals.period asc, totals.measure asc, abs(items.value) desc, items.item asc
