-- People released to Ukraine next to people returned to Russia, over the exchanges that give both exactly.
with exchanges as (
    select
        exchanges.*,
        coalesce(exchanges.released_bound = 'exact' and returned.bound = 'exact', false) as gives_both
    from {{ ref('fct_exchanges') }} as exchanges
    left join {{ ref('fct_figures') }} as returned
        on exchanges.exchange_id = returned.exchange_id and returned.measure = 'returned_to_russia'
)

select
    cast(year(exchanged_on) as integer) as year,
    cast(count(*) filter (where gives_both) as integer) as told_in,
    cast(count(*) as integer) as of,
    cast(sum(released_total) filter (where gives_both) as integer) as released,
    cast(sum(returned_to_russia) filter (where gives_both) as integer) as returned_to_russia,
    round(
        sum(released_total) filter (where gives_both) / sum(returned_to_russia) filter (where gives_both), 2
    ) as released_for_one_returned
from exchanges
group by year(exchanged_on)
order by year
