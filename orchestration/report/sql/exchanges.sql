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
),

-- Groups that an edit or a deletion took away, and when; not those that other words still give.
taken_away as (
    select
        statements.exchange_id,
        max(coalesce(edits.first_seen_at, versions.deleted_at)) as changed_at
    from marts.fct_statements as statements
    inner join marts.dim_announcements as versions on statements.version_id = versions.version_id
    left join marts.dim_announcements as edits
        on
            versions.source_id = edits.source_id
            and versions.announcement_id = edits.announcement_id
            and versions.version_number + 1 = edits.version_number
    left join marts.fct_figures as figures
        on
            statements.exchange_id = figures.exchange_id
            and statements.measure = figures.measure
            and statements.category = figures.category
            and statements.value = figures.value
    anti join marts.fct_statements as kept
        on
            statements.exchange_id = kept.exchange_id
            and statements.measure = kept.measure
            and statements.category = kept.category
            and statements.value = kept.value
            and kept.is_current
    where statements.measure = 'part' and not statements.is_current and figures.exchange_id is null
    group by statements.exchange_id
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
    greatest(exchanges.last_revised_at, bounds.changed_at, taken_away.changed_at) as last_changed_at,
    bounds.reviewed_at,
    exchanges.announcement_url as url
from marts.fct_exchanges as exchanges
left join bounds on exchanges.exchange_id = bounds.exchange_id
left join taken_away on exchanges.exchange_id = taken_away.exchange_id
order by exchanges.exchanged_on desc, exchanges.exchange_id desc
