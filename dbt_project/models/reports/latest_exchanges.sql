select
    exchanged_on,
    official_number,
    stage,
    released_total,
    military,
    civilians,
    returned_to_russia,
    status,
    announcement_url
from {{ ref('fct_exchanges') }}
order by exchanged_on desc
limit 5
