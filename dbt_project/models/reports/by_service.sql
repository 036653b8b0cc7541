-- People released by year and service branch, where a branch was reported. People of no branch have their own
-- row. A sum is a lower bound when an exchange of its year was announced without a number, or without saying
-- which branch each of its people is of; a round number in it makes it a round one.
with exchanges as (
    select
        exchanges.exchange_id,
        cast(year(exchanges.exchanged_on) as integer) as year,
        exchanges.released_total is not null as has_number,
        coalesce(exchanges.released_bound = 'at_least', true) as is_open,
        coalesce(bool_or(personnel.category_kind = 'service_branch'), false) as has_branches,
        coalesce(bool_or(personnel.category_kind = 'civilian'), false) as has_civilians,
        coalesce(bool_or(personnel.category_kind = 'unattributed'), false) as has_unattributed
    from {{ ref('fct_exchanges') }} as exchanges
    left join {{ ref('fct_released_personnel') }} as personnel
        on exchanges.exchange_id = personnel.exchange_id
    group by all
),

years as (
    select
        year,
        count(*) as of,
        count(*) filter (where has_branches) as with_branches,
        count(*) filter (where has_civilians) as with_civilians,
        count(*) filter (where has_number) as with_number,
        bool_or(is_open) as is_open,
        bool_or(has_unattributed) as has_unattributed
    from exchanges
    group by year
),

persons as (
    select
        exchanges.year,
        personnel.category_kind,
        personnel.service_branch,
        sum(personnel.persons) as persons,
        {{ bound_of_sum('personnel.bound') }} as bound
    from {{ ref('fct_released_personnel') }} as personnel
    inner join exchanges
        on personnel.exchange_id = exchanges.exchange_id
    where personnel.parent_branch is null
    group by all
),

joined as (
    select
        persons.*,
        years.of,
        years.with_branches,
        years.with_civilians,
        years.with_number,
        years.is_open or case persons.category_kind
            when 'service_branch' then years.has_unattributed
            when 'civilian' then years.with_civilians < years.of
            else false
        end as is_lower_bound
    from persons
    inner join years on persons.year = years.year
)

select
    persons.year,
    persons.category_kind,
    persons.service_branch,
    branches.name_en,
    branches.name_uk,
    cast(persons.persons as integer) as persons,
    cast(case persons.category_kind
        when 'service_branch' then persons.with_branches
        when 'civilian' then persons.with_civilians
        else persons.with_number
    end as integer) as told_in,
    cast(persons.of as integer) as of,
    case
        when not persons.is_lower_bound then persons.bound
        when persons.bound like '%about' then 'at_least_about'
        else 'at_least'
    end as bound
from joined as persons
left join {{ ref('dim_service_branches') }} as branches on persons.service_branch = branches.service_branch
order by persons.year asc, persons.category_kind asc, persons.persons desc, persons.service_branch asc
