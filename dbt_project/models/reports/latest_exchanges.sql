select
    exchanges.exchanged_on,
    exchanges.official_number,
    exchanges.stage,
    exchanges.released_total,
    exchanges.released_bound,
    exchanges.military,
    exchanges.civilians,
    exchanges.returned_to_russia,
    returned.bound as returned_to_russia_bound,
    exchanges.status,
    exchanges.announcement_url
from {{ ref('fct_exchanges') }} as exchanges
left join {{ ref('fct_figures') }} as returned
    on exchanges.exchange_id = returned.exchange_id and returned.measure = 'returned_to_russia'
order by exchanges.exchanged_on desc, exchanges.exchange_id desc
limit 5
