-- People released since 24 February 2022: a lower bound from the first exchange without a number on.
-- From the first round number on it is a round one; null until the first number.
with released as (
    select
        exchanged_on as day,
        released_total as persons,
        coalesce(released_bound = 'at_least', true) as is_open,
        coalesce(released_bound = 'about', false) as is_round
    from marts.fct_exchanges
    union all
    select
        released_on as day,
        released_total as persons,
        coalesce(released_bound = 'at_least', true) as is_open,
        coalesce(released_bound = 'about', false) as is_round
    from marts.fct_releases_outside_exchanges
),

days as (
    select
        day,
        sum(persons) as persons,
        bool_or(is_open) as is_open,
        bool_or(is_round) as is_round
    from released
    group by day
)

select
    day,
    sum(persons) over (order by day)::integer as released,
    case
        when not bool_or(is_round) over (order by day)
            then if(bool_or(is_open) over (order by day), 'at_least', 'exact')
        when bool_or(is_open) over (order by day) then 'at_least_about'
        else 'about'
    end as bound
from days
order by day
