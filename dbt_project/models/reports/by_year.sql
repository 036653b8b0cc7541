-- Our totals next to the official ones, with the reasons for a difference. A number
-- given as a bound or a round one counts as it was given, and the sum says so.
with exchanges as (
    select
        cast(year(exchanged_on) as integer) as year,
        count(*) as exchanges,
        sum(released_total) as released_in_exchanges,
        count(*) filter (where released_total is null) as exchanges_without_number,
        {{ bound_of_sum('released_bound') }} as bound
    from {{ ref('fct_exchanges') }}
    group by all
),

outside as (
    select
        cast(year(released_on) as integer) as year,
        sum(released_total) as released_outside_exchanges,
        {{ bound_of_sum('released_bound') }} as bound
    from {{ ref('fct_releases_outside_exchanges') }}
    group by all
),

bounds as (
    select
        year,
        {{ bound_of_sum('bound') }} as bound
    from (
        select
            cast(year(exchanged_on) as integer) as year,
            released_bound as bound
        from {{ ref('fct_exchanges') }}
        union all
        select
            cast(year(released_on) as integer) as year,
            released_bound as bound
        from {{ ref('fct_releases_outside_exchanges') }}
    ) as released
    group by year
),

-- A year may have exchanges, releases outside exchanges, or both.
ours as (
    select
        coalesce(exchanges.year, outside.year) as year,
        coalesce(exchanges.exchanges, 0) as exchanges,
        if(exchanges.year is null, 0, exchanges.released_in_exchanges) as released_in_exchanges,
        if(outside.year is null, 0, outside.released_outside_exchanges) as released_outside_exchanges,
        if(outside.year is null, 'exact', outside.bound) as released_outside_bound,
        if(
            exchanges.released_in_exchanges is null and outside.released_outside_exchanges is null, null,
            coalesce(exchanges.released_in_exchanges, 0) + coalesce(outside.released_outside_exchanges, 0)
        ) as released_in_all,
        if(exchanges.year is null, 'exact', exchanges.bound) as released_in_exchanges_bound,
        coalesce(exchanges.exchanges_without_number, 0) as exchanges_without_number
    from exchanges
    full outer join outside on exchanges.year = outside.year
),

-- Only a claim of all people released is comparable with the year's sum; of exchanges there is one count.
claims as (
    select
        cast(totals.period as integer) as year,
        totals.measure,
        totals.value,
        totals.bound,
        compared.ours,
        if(compared.difference = 0, null, compared.explanation) as explanation
    from {{ ref('fct_official_totals') }} as totals
    inner join {{ ref('reconciliation') }} as compared on totals.statement_id = compared.statement_id
    where
        regexp_full_match(totals.period, '[0-9]{4}')
        and totals.later_claims = 0
        and totals.scope = if(totals.measure = 'exchanges', 'exchange', 'all')
),

-- A claim's reasons are of what had been announced by then; the rest is its difference from ours of now.
compared_with_now as (
    select
        claims.*,
        if(claims.measure = 'exchanges', ours.exchanges, coalesce(ours.released_in_all, 0)) - claims.ours
            as announced_since
    from claims
    inner join ours on claims.year = ours.year
),

explained as (
    select
        *,
        concat_ws(
            '; ', explanation,
            if(announced_since > 0, 'announced after that claim (-' || announced_since || ')', null)
        ) as why
    from compared_with_now
),

official as (
    select
        year,
        any_value(value) filter (where measure = 'exchanges') as official_exchanges,
        any_value(bound) filter (where measure = 'exchanges') as official_exchanges_bound,
        any_value(value) filter (where measure = 'released') as official_released,
        any_value(bound) filter (where measure = 'released') as official_released_bound,
        any_value(value) filter (where measure = 'released_change') as official_change,
        any_value(why) filter (where measure = 'exchanges') as why_exchanges_differ,
        any_value(why) filter (where measure = 'released') as why_released_differ
    from explained
    group by year
)

select
    ours.year,
    ours.exchanges,
    cast(ours.released_in_exchanges as integer) as released_in_exchanges,
    cast(ours.released_outside_exchanges as integer) as released_outside_exchanges,
    cast(ours.released_in_all as integer) as released_in_all,
    ours.released_in_exchanges_bound,
    ours.released_outside_bound,
    bounds.bound as released_bound,
    ours.exchanges_without_number,
    official.official_exchanges,
    official.official_exchanges_bound,
    official.official_released,
    official.official_released_bound,
    official.official_change as official_change_on_year_before,
    if(official.official_exchanges <> ours.exchanges, official.why_exchanges_differ, null)
        as why_exchanges_differ,
    if(official.official_released <> ours.released_in_all, official.why_released_differ, null)
        as why_released_differ
from ours
inner join bounds on ours.year = bounds.year
left join official on ours.year = official.year
order by ours.year
