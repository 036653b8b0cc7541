-- All exchanges, the latest first.
with bounds as (
    select
        exchange_id,
        max(bound) filter (where measure = 'returned_to_russia') as returned,
        max(bound) filter (where measure = 'civilians') as civilians,
        max(bound) filter (where measure = 'women') as women,
        max(first_said_at) as changed_at,
        max(reviewed_at) as reviewed_at
    from marts.fct_figures
    group by exchange_id
)

select
    exchanges.exchange_id,
    exchanges.exchanged_on as day,
    exchanges.official_number,
    exchanges.stage,
    exchanges.released_total as released,
    exchanges.released_bound,
    exchanges.released_is_to_be_confirmed as is_to_be_confirmed,
    exchanges.returned_to_russia as returned,
    bounds.returned as returned_bound,
    exchanges.military,
    exchanges.civilians,
    bounds.civilians as civilians_bound,
    exchanges.women,
    bounds.women as women_bound,
    exchanges.officers,
    exchanges.privates_and_sergeants,
    exchanges.mediators,
    exchanges.status,
    exchanges.has_conflict,
    exchanges.confidence,
    exchanges.first_announced_at,
    exchanges.last_revised_at,
    -- With what is in no list of changes: groups, and numbers of another day of the same exchange.
    greatest(exchanges.last_revised_at, bounds.changed_at) as last_changed_at,
    bounds.reviewed_at,
    exchanges.announcement_url as url
from marts.fct_exchanges as exchanges
left join bounds on exchanges.exchange_id = bounds.exchange_id
order by exchanges.exchanged_on desc, exchanges.exchange_id desc
