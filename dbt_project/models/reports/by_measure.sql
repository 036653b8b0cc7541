-- Sums of each figure by year, with the number of exchanges that give it. An exchange that lacks the
-- figure leaves the sum a lower bound.
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
        {{ bound_of_sum('figures.bound') }} as bound
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
    case
        when figures.told_in = years.of then figures.bound
        when figures.bound like '%about' then 'at_least_about'
        else 'at_least'
    end as bound
from figures
inner join years
    on figures.year = years.year
order by figures.year, figures.measure
