select
    measure,
    measure_of,
    unit,
    part_of,
    name_uk,
    name_en
from {{ ref('stg_measures') }}
order by measure
