{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

-- A source's total in coverage is the one that stands, a bound that it meets, or marked as a conflict.
select
    coverage.exchange_id,
    coverage.source_id,
    coverage.released_total
from {{ ref('coverage') }} as coverage
inner join {{ ref('fct_exchanges') }} as exchanges
    on coverage.exchange_id = exchanges.exchange_id
where
    coverage.released_total is distinct from exchanges.released_total
    and coverage.released_total is not null
    and coverage.released_bound = 'exact'
    and not coverage.has_conflict
union all
-- Sums by year are those of the exchanges.
select
    'year ' || by_measure.year as exchange_id,
    'by_measure' as source_id,
    by_measure.persons as released_total
from {{ ref('by_measure') }} as by_measure
inner join {{ ref('by_year') }} as by_year
    on by_measure.year = by_year.year
where by_measure.measure = 'released_total' and by_measure.persons <> by_year.released_in_exchanges
