-- People released since 24 February 2022: a lower bound from the first exchange without an exact number on.
-- Null until the first number.
with released as (
    select
        exchanged_on as day,
        released_total as persons,
        coalesce(released_bound <> 'exact', true) as is_open
    from marts.fct_exchanges
    union all
    select
        released_on as day,
        released_total as persons,
        coalesce(released_bound <> 'exact', true) as is_open
    from marts.fct_releases_outside_exchanges
),

days as (
    select
        day,
        sum(persons) as persons,
        bool_or(is_open) as is_open
    from released
    group by day
)

select
    day,
    sum(persons) over (order by day)::integer as released,
    bool_or(is_open) over (order by day) as is_lower_bound
from days
order by day
