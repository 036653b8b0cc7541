-- Officials' totals of people released since 24 February 2022, with or without those outside exchanges.
-- Beside each our sum of its time, null while no number was known.
select
    timezone('Europe/Kyiv', timezone('UTC', totals.claimed_at))::date as day,
    totals.value as official,
    totals.bound,
    nullif(compared.ours, 0) as ours,
    compared.ours_bound,
    sources.publisher,
    totals.url
from marts.fct_official_totals as totals
inner join marts.dim_sources as sources on totals.source_id = sources.source_id
inner join reports.reconciliation as compared on totals.statement_id = compared.statement_id
where totals.period = 'since 2022-02-24' and totals.measure = 'released' and totals.scope = 'all'
order by totals.later_claims desc
