-- People released in exchanges by month. An exchange without an exact number makes its month a lower bound.
select
    date_trunc('month', exchanged_on)::date as month,
    count(*)::integer as exchanges,
    count(*) filter (where released_total is null)::integer as without_number,
    sum(released_total)::integer as released,
    bool_or(coalesce(released_bound <> 'exact', true)) as is_lower_bound
from marts.fct_exchanges
group by all
order by month
