select
    service_branch,
    name_en,
    name_uk
from {{ ref('service_branches') }}
order by service_branch
