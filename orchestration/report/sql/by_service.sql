-- People released by service branch, over the exchanges that count branches; civilians likewise.
with exchanges as (
    select
        count(*) as of,
        bool_or(coalesce(released_bound <> 'exact', true)) as is_open
    from marts.fct_exchanges
),

told as (
    select
        category_kind,
        count(distinct exchange_id) as told_in
    from marts.fct_released_personnel
    where parent_branch is null
    group by category_kind
)

select
    persons.category_kind as kind,
    persons.service_branch as branch,
    sum(persons.persons)::integer as persons,
    any_value(told.told_in)::integer as told_in,
    any_value(exchanges.of)::integer as of,
    any_value(exchanges.is_open or told.told_in < exchanges.of) as is_lower_bound
from marts.fct_released_personnel as persons
inner join told on persons.category_kind = told.category_kind
cross join exchanges
where persons.parent_branch is null and persons.category_kind <> 'unattributed'
group by persons.category_kind, persons.service_branch
order by sum(persons.persons) desc, persons.service_branch asc
