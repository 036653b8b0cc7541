-- Differences between Wikipedia's tables and ours. They are compared, never used: an exchange that only they
-- have is a question to investigate, not a fact.
with theirs as (
    select
        source_id,
        row_id,
        day,
        released,
        returned,
        cells
    from {{ ref('stg_reference_rows') }}
    -- Totals have no day; headquarters_report compares them.
    where row_id not like 'total/%'
),

tables as (
    select
        source_id,
        min(day) as first_day,
        max(day) as last_day
    from theirs
    group by source_id
),

compared as (
    select
        theirs.source_id,
        theirs.day,
        theirs.row_id,
        exchanges.exchange_id,
        theirs.released as their_released,
        exchanges.released_total as our_released,
        theirs.returned as their_returned,
        exchanges.returned_to_russia as our_returned,
        theirs.cells
    from theirs
    left join {{ ref('fct_exchanges') }} as exchanges on theirs.day = exchanges.exchanged_on
    -- On a day with two exchanges, theirs is compared with the one of their number, else with the first.
    qualify row_number() over (
        partition by theirs.source_id, theirs.row_id
        order by theirs.released is not distinct from exchanges.released_total desc, exchanges.exchange_id asc
    ) = 1
),

only_ours as (
    select
        tables.source_id,
        exchanges.exchanged_on as day,
        cast(null as varchar) as row_id,
        exchanges.exchange_id,
        cast(null as integer) as their_released,
        exchanges.released_total as our_released,
        cast(null as integer) as their_returned,
        exchanges.returned_to_russia as our_returned,
        cast(null as json) as cells
    from {{ ref('fct_exchanges') }} as exchanges
    inner join tables on exchanges.exchanged_on between tables.first_day and tables.last_day
    anti join theirs
        on
            tables.source_id = theirs.source_id
            and exchanges.exchanged_on = theirs.day
),

together as (
    select
        *,
        case
            when day is null then 'their day can not be read'
            when exchange_id is null then 'only theirs'
            when their_released <> our_released then 'another number released'
            when their_returned <> our_returned then 'another number returned to Russia'
            when our_released is null and their_released is not null then 'only they give a number'
        end as difference
    from compared
    union all
    select
        *,
        'only ours' as difference
    from only_ours
)

select
    source_id,
    day,
    difference,
    exchange_id,
    our_released,
    their_released,
    our_returned,
    their_returned,
    row_id,
    cells
from together
where difference is not null
order by source_id, day, row_id
