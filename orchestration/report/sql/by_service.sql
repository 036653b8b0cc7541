-- People released by service branch, over the exchanges that count branches; civilians likewise.
with exchanges as (
    select
        count(*) as of,
        bool_or(coalesce(released_bound = 'at_least', true)) as is_open
    from marts.fct_exchanges
),

unattributed as (
    select count(*) > 0 as is_any
    from marts.fct_released_personnel
    where category_kind = 'unattributed'
),

told as (
    select
        personnel.category_kind,
        count(distinct personnel.exchange_id) as told_in,
        any_value(exchanges.is_open)
        or count(distinct personnel.exchange_id) < any_value(exchanges.of)
        -- People of no known branch may be of any.
        or (personnel.category_kind = 'service_branch' and any_value(unattributed.is_any)) as is_of_some
    from marts.fct_released_personnel as personnel
    cross join exchanges
    cross join unattributed
    where personnel.parent_branch is null
    group by personnel.category_kind
)

select
    persons.category_kind as kind,
    persons.service_branch as branch,
    sum(persons.persons)::integer as persons,
    any_value(told.told_in)::integer as told_in,
    any_value(exchanges.of)::integer as of,
    case
        when not bool_or(persons.bound = 'about')
            then if(bool_or(persons.bound <> 'exact' or told.is_of_some), 'at_least', 'exact')
        when bool_or(persons.bound = 'at_least' or told.is_of_some) then 'at_least_about'
        else 'about'
    end as bound
from marts.fct_released_personnel as persons
inner join told on persons.category_kind = told.category_kind
cross join exchanges
where persons.parent_branch is null and persons.category_kind <> 'unattributed'
group by persons.category_kind, persons.service_branch
order by sum(persons.persons) desc, persons.service_branch asc
