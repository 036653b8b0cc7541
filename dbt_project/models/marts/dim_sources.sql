select
    source_id,
    publisher,
    side,
    language,
    precedence,
    url
from {{ ref('stg_sources') }}
order by source_id
