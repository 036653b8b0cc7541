-- Official number of each exchange. "A three-day exchange became the 65th" numbers all three days; a number
-- of one day is that of one exchange.
-- Another text that agrees on the number may be the one that counts the days.
with judged as (
    select
        judged.*,
        max(coalesce(try_cast(split_part(statements.category, ' ', 1) as integer), 1)) filter (
            where judged.verdict <> 'overruled' and judged.is_mined is not true
        ) over (partition by judged.event_id) as days
    from {{ ref('int_statement_verdicts') }} as judged
    inner join {{ ref('stg_statements') }} as statements
        on judged.statement_id = statements.statement_id
    where
        judged.is_last
        and judged.event_kind = 'exchange'
        and judged.measure = 'official_number'
),

numbers as (
    select
        judged.event_id as exchange_id,
        judged.day,
        judged.value as official_number,
        judged.statement_id,
        judged.is_mined is true as is_mined,
        judged.days
    from judged
    where judged.verdict = 'stands'
),

-- The first stage of a three-day exchange has no day of it before, the second one day.
stages as (
    select
        event_id as exchange_id,
        max(value) as stage
    from {{ ref('int_statement_verdicts') }}
    where is_last and event_kind = 'exchange' and measure = 'stage' and verdict = 'stands'
    group by event_id
),

exchanges as (
    select
        event_id as exchange_id,
        day
    from {{ ref('int_event_timeline') }}
    where is_last and is_announced and event_kind = 'exchange'
),

spread as (
    select
        exchanges.exchange_id,
        numbers.official_number,
        numbers.statement_id,
        numbers.is_mined,
        exchanges.exchange_id = numbers.exchange_id as is_own
    from numbers
    left join stages on numbers.exchange_id = stages.exchange_id
    inner join exchanges
        on
            exchanges.exchange_id = numbers.exchange_id
            or (
                exchanges.day < numbers.day
                and exchanges.day > numbers.day - least(numbers.days, coalesce(stages.stage, numbers.days))
            )
)

select
    exchange_id,
    official_number,
    statement_id
from spread
qualify row_number() over (
    partition by exchange_id
    order by is_mined asc, is_own desc, official_number asc, statement_id asc
) = 1
