select
    verdict,
    description
from {{ ref('verdicts') }}
order by verdict
