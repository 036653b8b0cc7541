-- People released by year and service branch, where a branch was reported. People of no branch have their own
-- row; where an exchange was announced without a number, all figures of its year are lower bounds.
with persons as (
    select
        cast(year(exchanges.exchanged_on) as integer) as year,
        personnel.category_kind,
        personnel.service_branch,
        sum(personnel.persons) as persons,
        count(distinct exchanges.exchange_id) as exchanges
    from {{ ref('fct_released_personnel') }} as personnel
    inner join {{ ref('fct_exchanges') }} as exchanges on personnel.exchange_id = exchanges.exchange_id
    where personnel.parent_branch is null
    group by all
)

select
    persons.year,
    persons.category_kind,
    persons.service_branch,
    branches.name_en,
    branches.name_uk,
    cast(persons.persons as integer) as persons,
    persons.exchanges,
    years.released_is_lower_bound as is_lower_bound
from persons
inner join {{ ref('by_year') }} as years on persons.year = years.year
left join {{ ref('dim_service_branches') }} as branches on persons.service_branch = branches.service_branch
order by persons.year asc, persons.category_kind asc, persons.persons desc, persons.service_branch asc
