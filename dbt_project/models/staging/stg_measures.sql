select
    measure,
    measure_of,
    unit,
    part_of,
    is_ranked,
    name_uk,
    name_en
from {{ source('raw', 'measures') }}
