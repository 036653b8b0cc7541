-- People released in exchanges by month. An exchange without a number makes its month a lower bound.
select
    date_trunc('month', exchanged_on)::date as month,
    count(*)::integer as exchanges,
    count(*) filter (where released_total is null)::integer as without_number,
    sum(released_total)::integer as released,
    bool_or(released_total is null or released_is_lower_bound) as is_lower_bound
from marts.fct_exchanges
group by all
order by month
