-- Exchanges that were announced and are no longer: their pages stay and say so.
select *
from marts.fct_withdrawn_exchanges
order by withdrawn_at desc, exchange_id asc
