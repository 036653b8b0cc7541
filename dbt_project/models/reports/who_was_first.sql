-- How often each source was the first to announce an exchange, and how long after the first it usually came.
select
    source_id,
    publisher,
    side,
    cast(count(*) filter (where minutes_after_first = 0) as integer) as first_in,
    cast(count(*) as integer) as announced,
    median(minutes_after_first) as median_minutes_after_first
from {{ ref('coverage') }}
group by source_id, publisher, side
order by first_in desc, announced desc, source_id asc
