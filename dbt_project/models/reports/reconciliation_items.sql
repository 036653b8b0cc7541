-- Why an official total differs from ours, item by item; the items of a claim sum to the difference. Ours is
-- what had been announced when the claim was made.
with claims as (
    select
        statement_id,
        measure,
        scope,
        value as official,
        bound,
        claimed_at,
        try_cast(period as integer) as year,
        case
            when period = 'since 2022-02-24' then date '2022-02-24'
            when regexp_full_match(period, '[0-9]{4}') then make_date(cast(period as integer), 1, 1)
        end as first_day,
        case
            when period = 'since 2022-02-24' then date '9999-12-31'
            when regexp_full_match(period, '[0-9]{4}') then make_date(cast(period as integer), 12, 31)
        end as last_day
    from {{ ref('fct_official_totals') }}
),

held as (
    select min(announcements.published_at) as since
    from {{ ref('dim_announcements') }} as announcements
    inner join {{ ref('dim_sources') }} as sources on announcements.source_id = sources.source_id
    where sources.side = 'ukraine'
),

exchanges as (
    select
        claims.statement_id,
        count(*) as days,
        coalesce(sum(exchanges.released_total), 0) as released,
        count(*) filter (where exchanges.released_total is null) as without_total,
        count(*) filter (where exchanges.released_is_lower_bound) as lower_bounds,
        count(exchanges.official_number) as numbered_days,
        count(distinct exchanges.official_number) as numbers
    from claims
    inner join {{ ref('fct_exchanges') }} as exchanges
        on
            exchanges.exchanged_on between claims.first_day and claims.last_day
            and exchanges.first_announced_at <= claims.claimed_at
    group by claims.statement_id
),

years_before as (
    select
        claims.statement_id,
        coalesce(sum(exchanges.released_total), 0) as released
    from claims
    inner join {{ ref('fct_exchanges') }} as exchanges
        on cast(year(exchanges.exchanged_on) as integer) = claims.year - 1
    group by claims.statement_id
),

outside as (
    select
        claims.statement_id,
        coalesce(sum(releases.released_total), 0) as released
    from claims
    inner join {{ ref('fct_releases_outside_exchanges') }} as releases
        on
            releases.released_on between claims.first_day and claims.last_day
            and releases.first_announced_at <= claims.claimed_at
    group by claims.statement_id
),

outside_before as (
    select
        claims.statement_id,
        coalesce(sum(releases.released_total), 0) as released
    from claims
    inner join {{ ref('fct_releases_outside_exchanges') }} as releases
        on cast(year(releases.released_on) as integer) = claims.year - 1
    group by claims.statement_id
),

bodies as (
    select
        claims.statement_id,
        coalesce(sum(repatriations.bodies_to_ukraine), 0) as bodies
    from claims
    inner join {{ ref('fct_repatriations') }} as repatriations
        on
            repatriations.repatriated_on between claims.first_day and claims.last_day
            and repatriations.first_announced_at <= claims.claimed_at
    group by claims.statement_id
),

beside as (
    select
        claims.*,
        held.since,
        -- A first post some days into a period misses nothing; one that comes months later may.
        claims.first_day + interval 1 month < held.since as is_held_in_part,
        coalesce(exchanges.days, 0) as days,
        coalesce(exchanges.released, 0) as in_exchanges,
        coalesce(outside.released, 0) as outside_exchanges,
        coalesce(exchanges.without_total, 0) as without_total,
        coalesce(exchanges.lower_bounds, 0) as lower_bounds,
        coalesce(exchanges.numbered_days, 0) as numbered_days,
        coalesce(exchanges.numbers, 0) as numbers,
        case claims.measure
            when 'exchanges' then coalesce(exchanges.days, 0)
            when 'bodies' then coalesce(bodies.bodies, 0)
            when 'released_change'
                then
                    coalesce(exchanges.released, 0) + coalesce(outside.released, 0)
                    - coalesce(years_before.released, 0) - coalesce(outside_before.released, 0)
            when 'released' then case claims.scope
                when 'outside' then coalesce(outside.released, 0)
                when 'exchange' then coalesce(exchanges.released, 0)
                else coalesce(exchanges.released, 0) + coalesce(outside.released, 0)
            end
        end as ours
    from claims
    cross join held
    left join exchanges on claims.statement_id = exchanges.statement_id
    left join outside on claims.statement_id = outside.statement_id
    left join years_before on claims.statement_id = years_before.statement_id
    left join outside_before on claims.statement_id = outside_before.statement_id
    left join bodies on claims.statement_id = bodies.statement_id
    where claims.first_day is not null
),

-- What can be counted: a bound that is met, releases that the officials left out, days of one exchange.
counted as (
    select
        *,
        if(bound = 'at_least' and ours >= official, official - ours, 0) as met_bound,
        if(
            measure = 'released' and scope = 'all' and bound <> 'at_least' and outside_exchanges > 0
            and abs(official - in_exchanges) < abs(official - ours), -outside_exchanges, 0
        ) as left_out,
        if(measure = 'exchanges', numbers - numbered_days, 0) as shared_numbers,
        if(
            measure = 'exchanges'
            and bound = 'exact'
            and official between numbers and numbers + days - numbered_days,
            official - numbers - days + numbered_days, 0
        ) as uncounted_stages
    from beside
),

remaining as (
    select
        *,
        case
            when met_bound <> 0 then 0
            else official - ours - left_out - shared_numbers - uncounted_stages
        end as rest
    from counted
),

-- What remains can't be told apart by our figures; the reasons that there are stand together.
reasons as (
    select
        *,
        list_filter([
            if(
                measure like 'released%' and rest > 0 and without_total > 0,
                'exchanges announced with no number: ' || without_total, null
            ),
            if(
                measure like 'released%' and rest > 0 and lower_bounds > 0,
                'exchanges of which only a lower bound is known: ' || lower_bounds, null
            ),
            if(
                rest > 0 and is_held_in_part,
                'nothing is held of the time before ' || strftime(since, '%Y-%m-%d'), null
            ),
            if(measure = 'bodies' and rest > 0, 'repatriations of which no announcement is held', null)
        ], lambda reason: reason is not null) as causes
    from remaining
),

items as (
    select
        statement_id,
        measure,
        official,
        ours,
        unnest([
            {
                'item': 'the official figure is a lower bound, and ours meets it', 'value': met_bound,
                'is_explained': true
            },
            {
                'item': 'releases outside exchanges, which the official figure leaves out', 'value': left_out,
                'is_explained': true
            },
            {
                'item': 'days of one exchange, which officials count as one',
                'value': if(met_bound <> 0, 0, shared_numbers), 'is_explained': true
            },
            {
                'item': 'days without an official number, which officials count apart as stages',
                'value': if(met_bound <> 0, 0, uncounted_stages), 'is_explained': true
            },
            {
                'item': array_to_string(causes, '; '),
                'value': if(len(causes) > 0, rest, 0),
                'is_explained': true
            },
            { 'item': 'not explained', 'value': if(len(causes) > 0, 0, rest), 'is_explained': false },
            { 'item': 'no difference', 'value': 0, 'is_explained': true }
        ]) as entry
    from reasons
)

select
    items.statement_id,
    items.measure,
    cast(items.official as integer) as official,
    cast(items.ours as integer) as ours,
    items.entry.item,
    cast(items.entry.value as integer) as value,
    items.entry.is_explained
from items
where items.entry.value <> 0 or (items.entry.item = 'no difference' and items.ours = items.official)
