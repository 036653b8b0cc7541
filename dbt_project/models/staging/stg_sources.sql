select
    source_id,
    publisher,
    side,
    language,
    precedence,
    url
from {{ source('raw', 'sources') }}
