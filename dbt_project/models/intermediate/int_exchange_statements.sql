-- Which statements speak of which exchange, and which source's breakdown is taken as a whole:
-- branches are never mixed from two texts, because their sum would be nobody's.
with statements as (
    select
        exchanges.exchange_id,
        statements.*
    from {{ ref('stg_statements') }} as statements
    inner join {{ ref('int_exchanges') }} as exchanges
        on statements.event_date = exchanges.exchanged_on
    where statements.event_kind = 'exchange' and statements.is_current
),

breakdowns as (
    select
        exchange_id,
        version_id
    from statements
    where measure = 'by_service' and within is null
    group by exchange_id, version_id, is_recap, precedence, published_at
    qualify row_number() over (
        partition by exchange_id
        order by count(*) desc, is_recap asc, precedence asc, published_at desc
    ) = 1
)

select
    statements.*,
    coalesce(breakdowns.version_id is not null, false) as is_of_breakdown
from statements
left join breakdowns
    on
        statements.exchange_id = breakdowns.exchange_id
        and statements.version_id = breakdowns.version_id
