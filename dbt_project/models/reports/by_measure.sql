-- Sums of each figure by year, with the number of exchanges that give it. A sum is a lower bound when an
-- exchange of the year lacks the figure or gives only a bound.
with exchanges as (
    select
        exchange_id,
        cast(year(exchanged_on) as integer) as year
    from {{ ref('fct_exchanges') }}
),

years as (
    select
        year,
        count(*) as of
    from exchanges
    group by year
),

figures as (
    select
        exchanges.year,
        figures.measure,
        sum(figures.value) as persons,
        count(*) as told_in,
        bool_or(figures.bound <> 'exact') as has_bounds
    from {{ ref('fct_figures') }} as figures
    inner join exchanges
        on figures.exchange_id = exchanges.exchange_id
    inner join {{ ref('dim_measures') }} as measures
        on figures.measure = measures.measure
    where measures.unit = 'people' and figures.category is null
    group by exchanges.year, figures.measure
)

select
    figures.year,
    figures.measure,
    cast(figures.persons as integer) as persons,
    cast(figures.told_in as integer) as told_in,
    cast(years.of as integer) as of,
    figures.has_bounds or figures.told_in < years.of as is_lower_bound
from figures
inner join years
    on figures.year = years.year
order by figures.year, figures.measure
