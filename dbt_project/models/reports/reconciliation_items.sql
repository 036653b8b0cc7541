-- Reasons why an official total differs from ours; the items of a claim sum to the difference. Our total
-- includes what had been announced when the claim was made.
with claims as (
    select
        statement_id,
        measure,
        scope,
        value as official,
        bound,
        claimed_at,
        case
            when period = 'since 2022-02-24' then date '2022-02-24'
            when regexp_full_match(period, '[0-9]{4}')
                -- The record begins with the invasion.
                then greatest(make_date(cast(period as integer), 1, 1), date '2022-02-24')
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

-- Days with an exchange, a release outside exchanges or a repatriation.
days as (
    select
        exchanged_on as day,
        first_announced_at,
        true as is_exchange,
        false as is_release,
        official_number,
        released_total as in_exchange,
        released_bound
    from {{ ref('fct_exchanges') }}
    union all by name
    select
        released_on as day,
        first_announced_at,
        false as is_exchange,
        true as is_release,
        released_total as outside_exchange,
        released_bound
    from {{ ref('fct_releases_outside_exchanges') }}
    union all by name
    select
        repatriated_on as day,
        first_announced_at,
        false as is_exchange,
        false as is_release,
        bodies_to_ukraine as bodies
    from {{ ref('fct_repatriations') }}
),

-- "More than the year before" compares two periods.
periods as (
    select
        statement_id,
        claimed_at,
        false as is_year_before,
        first_day,
        last_day
    from claims
    union all
    select
        statement_id,
        claimed_at,
        true as is_year_before,
        cast(first_day - interval 1 year as date) as first_day,
        cast(last_day - interval 1 year as date) as last_day
    from claims
    where measure = 'released_change'
),

sums as (
    select
        periods.statement_id,
        periods.is_year_before,
        count(*) filter (where days.is_exchange) as days,
        coalesce(sum(days.in_exchange), 0) as in_exchanges,
        coalesce(sum(days.outside_exchange), 0) as outside_exchanges,
        coalesce(sum(days.bodies), 0) as bodies,
        count(*) filter (where days.is_exchange and days.in_exchange is null) as exchanges_without_total,
        count(*) filter (where days.is_exchange and days.released_bound = 'at_least') as exchanges_at_least,
        count(*) filter (where days.is_exchange and days.released_bound = 'about') as exchanges_about,
        coalesce(sum(days.in_exchange) filter (where days.released_bound = 'about'), 0) as in_exchanges_about,
        {{ bound_of_sum("if(days.is_exchange, days.released_bound, 'exact')") }} as in_exchanges_bound,
        count(*) filter (where days.is_release and days.outside_exchange is null) as releases_without_total,
        count(*) filter (where days.is_release and days.released_bound = 'at_least') as releases_at_least,
        count(*) filter (where days.is_release and days.released_bound = 'about') as releases_about,
        coalesce(sum(days.outside_exchange) filter (where days.released_bound = 'about'), 0) as outside_about,
        {{ bound_of_sum("if(days.is_release, days.released_bound, 'exact')") }} as outside_bound,
        {{ bound_of_sum("if(days.is_exchange or days.is_release, days.released_bound, 'exact')") }}
            as released_bound,
        count(days.official_number) as numbered_days,
        count(distinct days.official_number) as numbers
    from periods
    left join days
        on
            days.day between periods.first_day and periods.last_day
            and days.first_announced_at <= periods.claimed_at
    group by periods.statement_id, periods.is_year_before
),

compared as (
    select
        claims.*,
        held.since,
        -- If the first post is only some days into the period, nothing is missing; months later, it may be.
        claims.first_day + interval 1 month < held.since as is_held_in_part,
        sums.days,
        sums.in_exchanges,
        sums.outside_exchanges,
        -- A total of people in exchanges, or outside them, says nothing of the others.
        if(claims.scope = 'outside', 0, sums.exchanges_without_total) as exchanges_without_total,
        if(claims.scope = 'outside', 0, sums.exchanges_at_least) as exchanges_at_least,
        if(claims.scope = 'outside', 0, sums.exchanges_about) as exchanges_about,
        if(claims.scope = 'exchange', 0, sums.releases_without_total) as releases_without_total,
        if(claims.scope = 'exchange', 0, sums.releases_at_least) as releases_at_least,
        if(claims.scope = 'exchange', 0, sums.releases_about) as releases_about,
        if(claims.scope = 'outside', 0, sums.in_exchanges_about)
        + if(claims.scope = 'exchange', 0, sums.outside_about) as released_about,
        sums.numbered_days,
        sums.numbers,
        case claims.measure
            when 'exchanges' then sums.days
            when 'bodies' then sums.bodies
            when 'released_change'
                then
                    sums.in_exchanges + sums.outside_exchanges
                    - year_before.in_exchanges - year_before.outside_exchanges
            when 'released' then case claims.scope
                when 'outside' then sums.outside_exchanges
                when 'exchange' then sums.in_exchanges
                else sums.in_exchanges + sums.outside_exchanges
            end
        end as ours,
        case claims.measure
            when 'exchanges' then 'exact'
            when 'released' then case claims.scope
                when 'outside' then sums.outside_bound
                when 'exchange' then sums.in_exchanges_bound
                else sums.released_bound
            end
        end as ours_bound
    from claims
    cross join held
    inner join sums
        on claims.statement_id = sums.statement_id and not sums.is_year_before
    left join sums as year_before
        on claims.statement_id = year_before.statement_id and year_before.is_year_before
    where claims.first_day is not null
),

-- Countable reasons: a bound or a round figure that is met, releases that officials left out, several days of
-- one exchange. Equal figures need none.
counted as (
    select
        *,
        case
            when bound = 'at_least' and ours >= official then official - ours
            -- As a round number of a day is met (int_statement_verdicts).
            when bound = 'about' and abs(ours - official) <= 0.1 * ours then official - ours
            else 0
        end as met_bound,
        if(
            measure = 'released' and scope = 'all' and bound <> 'at_least' and outside_exchanges > 0
            and abs(official - in_exchanges) < abs(official - ours), -outside_exchanges, 0
        ) as left_out,
        if(measure = 'exchanges' and official <> ours, numbers - numbered_days, 0) as shared_numbers,
        if(
            measure = 'exchanges'
            and official <> ours
            and bound = 'exact'
            and official between numbers and numbers + days - numbered_days,
            official - numbers - days + numbered_days, 0
        ) as uncounted_stages
    from compared
),

remaining as (
    select
        *,
        case
            when met_bound <> 0 then 0
            else official - ours - left_out - shared_numbers - uncounted_stages
        end as rest,
        -- A round number may be too low or too high, by as much as one that is met.
        abs(rest) <= 0.1 * released_about as is_within_round
    from counted
),

-- Nothing shows how much of the rest each of these reasons makes up, or that it is one of them.
reasons as (
    select
        *,
        list_filter([
            if(
                measure like 'released%' and rest > 0 and exchanges_without_total > 0,
                'possibly exchanges announced with no number: ' || exchanges_without_total, null
            ),
            if(
                measure like 'released%' and rest > 0 and exchanges_at_least > 0,
                'possibly exchanges of which only a lower bound is known: ' || exchanges_at_least, null
            ),
            if(
                measure like 'released%' and rest <> 0 and is_within_round and exchanges_about > 0,
                'possibly exchanges of which only a round number is known: ' || exchanges_about, null
            ),
            if(
                measure like 'released%' and rest > 0 and releases_without_total > 0,
                'possibly releases outside exchanges announced with no number: ' || releases_without_total,
                null
            ),
            if(
                measure like 'released%' and rest > 0 and releases_at_least > 0,
                'possibly releases outside exchanges of which only a lower bound is known: '
                || releases_at_least,
                null
            ),
            if(
                measure like 'released%' and rest <> 0 and is_within_round and releases_about > 0,
                'possibly releases outside exchanges of which only a round number is known: '
                || releases_about,
                null
            ),
            if(
                rest > 0 and is_held_in_part,
                'possibly announcements that are not held, of before ' || strftime(since, '%Y-%m-%d'), null
            ),
            if(
                measure = 'bodies' and rest > 0,
                'possibly repatriations of which no announcement is held', null
            )
        ], lambda reason: reason is not null) as causes
    from remaining
),

items as (
    select
        statement_id,
        measure,
        official,
        ours,
        ours_bound,
        unnest([
            {
                'item': if(
                    bound = 'about', 'the official figure is a round one, and ours meets it',
                    'the official figure is a lower bound, and ours meets it'
                ),
                'value': met_bound, 'certainty': 'counted'
            },
            {
                'item': 'releases outside exchanges, which the official figure leaves out',
                'value': if(met_bound <> 0, 0, left_out), 'certainty': 'counted'
            },
            {
                'item': 'days of one exchange, which officials count as one',
                'value': if(met_bound <> 0, 0, shared_numbers), 'certainty': 'counted'
            },
            {
                'item': 'possibly days without an official number, which officials count as stages',
                'value': if(met_bound <> 0, 0, uncounted_stages), 'certainty': 'possible'
            },
            {
                'item': array_to_string(causes, '; '),
                'value': if(len(causes) > 0, rest, 0),
                'certainty': 'possible'
            },
            { 'item': 'not explained', 'value': if(len(causes) > 0, 0, rest), 'certainty': 'none' },
            { 'item': 'no difference', 'value': 0, 'certainty': 'counted' }
        ]) as entry
    from reasons
)

select
    items.statement_id,
    items.measure,
    cast(items.official as integer) as official,
    cast(items.ours as integer) as ours,
    items.ours_bound,
    items.entry.item,
    cast(items.entry.value as integer) as value,
    items.entry.certainty
from items
where items.entry.value <> 0 or (items.entry.item = 'no difference' and items.ours = items.official)
order by items.statement_id, items.entry.item
