-- All exchanges, the latest first.
select
    exchange_id,
    exchanged_on as day,
    official_number,
    stage,
    released_total as released,
    released_is_lower_bound as is_lower_bound,
    released_is_to_be_confirmed as is_to_be_confirmed,
    returned_to_russia as returned,
    military,
    civilians,
    women,
    officers,
    privates_and_sergeants,
    mediators,
    status,
    has_conflict,
    confidence,
    first_announced_at,
    last_revised_at,
    announcement_url as url
from marts.fct_exchanges
order by exchanged_on desc, exchange_id desc
