-- Who announced each exchange, how long after the first (UTC), and the total that each gives now.
select
    exchange_id,
    publisher,
    announced_at,
    minutes_after_first,
    released_total,
    released_bound,
    has_conflict,
    url,
    total_url
from reports.coverage
order by exchange_id, announced_at, source_id
