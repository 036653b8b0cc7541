-- The exchange's official number. "A three-day exchange became the 65th" numbers all three days.
with numbers as (
    select
        exchange_id,
        event_date,
        value as official_number,
        statement_id,
        coalesce(try_cast(split_part(category, ' ', 1) as integer), 1) as days
    from {{ ref('int_judged_statements') }}
    where measure = 'official_number' and verdict = 'stands'
),

spread as (
    select
        exchanges.exchange_id,
        numbers.official_number,
        numbers.statement_id,
        exchanges.exchange_id = numbers.exchange_id as is_own
    from numbers
    inner join {{ ref('int_exchanges') }} as exchanges
        on
            exchanges.exchanged_on <= numbers.event_date
            and exchanges.exchanged_on > numbers.event_date - numbers.days
)

select
    exchange_id,
    official_number,
    statement_id
from spread
qualify row_number() over (
    partition by exchange_id
    order by is_own desc, official_number asc
) = 1
