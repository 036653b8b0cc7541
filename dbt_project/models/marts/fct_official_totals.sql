-- Totals that officials claimed for a period; where that is uncertain, the total is only a statement, and its
-- period a doubt. The final one of a year or month is the last claim after its end; totals since the invasion
-- have none. A mined page and the press speak for no official.
with claims as (
    select
        statements.statement_id,
        versions.source_id,
        statements.period,
        replace(statements.measure, 'total_', '') as measure,
        statements.value,
        statements.bound,
        statements.category as scope,
        versions.published_at as claimed_at,
        -- A later claim supersedes a "so far this year" of the spring.
        cast(
            row_number() over (
                partition by statements.period, statements.measure, statements.category
                order by versions.published_at desc, sources.precedence asc, statements.statement_id desc
            ) - 1 as integer
        ) as later_claims,
        statements.quote,
        versions.url
    from {{ ref('stg_statements') }} as statements
    inner join {{ ref('int_announcement_versions') }} as versions
        on statements.version_id = versions.version_id
    inner join {{ ref('stg_sources') }} as sources
        on versions.source_id = sources.source_id
    where
        statements.measure like 'total_%'
        and statements.period is not null
        and versions.is_current
        and versions.is_mined is not true
        and sources.side <> 'press'
)

select
    statement_id,
    source_id,
    period,
    measure,
    value,
    bound,
    scope,
    claimed_at,
    coalesce(
        timezone('Europe/Kyiv', timezone('UTC', claimed_at)) >= case
            when regexp_full_match(period, '[0-9]{4}')
                then make_date(cast(period as integer) + 1, 1, 1)
            when regexp_full_match(period, '[0-9]{4}-[0-9]{2}')
                then cast(period || '-01' as date) + interval 1 month
        end
        and row_number() over (partition by period, measure, scope order by later_claims) = 1,
        false
    ) as is_final,
    later_claims,
    quote,
    url
from claims
order by claimed_at, statement_id
