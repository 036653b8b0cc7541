-- Why the officials' last total for a year differs from ours, reason by reason.
with last_claims as (
    select
        max_by(
            compared.statement_id, (compared.claimed_at, -sources.precedence, compared.statement_id)
        ) as statement_id,
        compared.period as year,
        compared.measure
    from reports.reconciliation as compared
    inner join marts.dim_sources as sources on compared.source_id = sources.source_id
    where
        regexp_full_match(compared.period, '[0-9]{4}')
        and compared.measure in ('released', 'exchanges')
        and compared.scope <> 'outside'
    group by compared.period, compared.measure
)

select
    last_claims.year,
    last_claims.measure,
    items.official,
    totals.bound as official_bound,
    items.ours,
    if(last_claims.measure = 'released', coalesce(by_year.released_bound, 'at_least'), 'exact') as ours_bound,
    items.item,
    items.value
from last_claims
inner join reports.reconciliation_items as items on last_claims.statement_id = items.statement_id
inner join marts.fct_official_totals as totals on last_claims.statement_id = totals.statement_id
left join reports.by_year on last_claims.year = cast(by_year.year as varchar)
where items.value <> 0
order by last_claims.year asc, last_claims.measure asc, abs(items.value) desc, items.item asc
