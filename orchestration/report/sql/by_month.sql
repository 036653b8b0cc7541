-- People released in exchanges by month: a lower bound where an exchange has no number.
-- A round number makes the sum a round one.
select
    date_trunc('month', exchanged_on)::date as month,
    count(*)::integer as exchanges,
    count(*) filter (where released_total is null)::integer as without_number,
    sum(released_total)::integer as released,
    case
        when not coalesce(bool_or(released_bound = 'about'), false)
            then if(bool_or(coalesce(released_bound <> 'exact', true)), 'at_least', 'exact')
        when bool_or(coalesce(released_bound = 'at_least', true)) then 'at_least_about'
        else 'about'
    end as bound
from marts.fct_exchanges
group by all
order by month
