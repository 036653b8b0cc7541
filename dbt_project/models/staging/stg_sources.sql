select
    source_id,
    publisher,
    side,
    language,
    precedence,
    url,
    source_id = 'web_archives' as is_mined
from {{ source('raw', 'sources') }}
