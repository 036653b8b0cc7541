select
    source_id,
    row_id,
    day,
    released,
    returned,
    cells
from {{ source('raw', 'reference_rows') }}
