-- Differences between Wikipedia's tables and ours. They are compared, never used: an exchange that only they
-- have is a question to investigate, not a fact.
with theirs as (
    select
        source_id,
        row_id,
        day,
        released,
        returned,
        cells,
        -- The table's number and the row's: "1.10" comes after "1.9".
        list_transform(string_split(row_id, '.'), lambda part: try_cast(part as integer)) as row_order
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

-- Each exchange of ours is compared with one row of theirs: with one of its number, else in their order.
their_places as (
    select
        *,
        row_number() over (partition by source_id, day, released order by row_order) as place
    from theirs
),

our_places as (
    select
        exchange_id,
        exchanged_on,
        released_total,
        row_number() over (partition by exchanged_on, released_total order by exchange_id) as place
    from {{ ref('fct_exchanges') }}
),

alike as (
    select
        theirs.source_id,
        theirs.row_id,
        exchanges.exchange_id
    from their_places as theirs
    inner join our_places as exchanges
        on
            theirs.day = exchanges.exchanged_on
            and theirs.released = exchanges.released_total
            and theirs.place = exchanges.place
),

unlike_theirs as (
    select
        theirs.*,
        row_number() over (partition by theirs.source_id, theirs.day order by theirs.row_order) as place
    from theirs
    anti join alike on theirs.source_id = alike.source_id and theirs.row_id = alike.row_id
),

unlike_ours as (
    select
        tables.source_id,
        exchanges.exchanged_on,
        exchanges.exchange_id,
        row_number() over (
            partition by tables.source_id, exchanges.exchanged_on order by exchanges.exchange_id
        ) as place
    from {{ ref('fct_exchanges') }} as exchanges
    cross join tables
    anti join alike on tables.source_id = alike.source_id and exchanges.exchange_id = alike.exchange_id
),

matched as (
    from alike
    union all
    select
        theirs.source_id,
        theirs.row_id,
        ours.exchange_id
    from unlike_theirs as theirs
    inner join unlike_ours as ours
        on
            theirs.source_id = ours.source_id
            and theirs.day = ours.exchanged_on
            and theirs.place = ours.place
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
    left join matched on theirs.source_id = matched.source_id and theirs.row_id = matched.row_id
    left join {{ ref('fct_exchanges') }} as exchanges on matched.exchange_id = exchanges.exchange_id
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
    anti join matched
        on
            tables.source_id = matched.source_id
            and exchanges.exchange_id = matched.exchange_id
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
