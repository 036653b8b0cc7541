select
    statement_id,
    source_id,
    period,
    replace(measure, 'total_', '') as measure,
    value,
    bound,
    category as scope,
    published_at as claimed_at,
    quote,
    url
from {{ ref('stg_statements') }}
where measure like 'total_%' and is_current
order by claimed_at, statement_id
