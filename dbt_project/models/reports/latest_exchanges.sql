select
    exchanged_on,
    official_number,
    stage,
    released_total,
    released_bound,
    military,
    civilians,
    returned_to_russia,
    status,
    announcement_url
from {{ ref('fct_exchanges') }}
order by exchanged_on desc, exchange_id desc
limit 5
