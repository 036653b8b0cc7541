-- People released by year, in exchanges and outside them, beside the officials' last total for the year.
select
    year,
    exchanges,
    exchanges_without_number as without_number,
    released_in_exchanges,
    released_in_exchanges_bound as in_exchanges_bound,
    released_outside_exchanges as released_outside,
    released_outside_bound as outside_bound,
    released_in_all as released,
    released_bound as bound,
    official_released as official,
    official_released_bound as official_bound
from reports.by_year
order by year
