-- People released to Ukraine next to people returned to Russia, over the exchanges that give both.
select
    cast(year(exchanged_on) as integer) as year,
    cast(count(*) filter (where released_total is not null and returned_to_russia is not null) as integer)
        as told_in,
    cast(count(*) as integer) as of,
    cast(sum(released_total) filter (where returned_to_russia is not null) as integer) as released,
    cast(sum(returned_to_russia) filter (where released_total is not null) as integer) as returned_to_russia,
    round(
        sum(released_total) filter (where returned_to_russia is not null)
        / sum(returned_to_russia) filter (where released_total is not null),
        2
    ) as released_for_one_returned
from {{ ref('fct_exchanges') }}
group by year(exchanged_on)
order by year
