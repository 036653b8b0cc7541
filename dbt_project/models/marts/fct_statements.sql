-- The evidence: every statement, what it is about, and whether it stands.
with judged as (
    select
        statement_id,
        exchange_id,
        verdict,
        verdict_rule
    from {{ ref('int_judged_statements') }}
),

outside as (
    select
        statement_id,
        release_id
    from {{ ref('fct_releases_outside_exchanges') }}
)

select
    statements.statement_id,
    judged.exchange_id,
    statements.event_kind,
    statements.event_date,
    statements.is_recap,
    statements.measure,
    statements.value,
    statements.category,
    statements.within,
    statements.bound,
    statements.period,
    case
        when judged.verdict is not null then judged.verdict
        when outside.release_id is not null then 'stands'
        when statements.event_kind = 'exchange' then 'unmatched'
        else 'stands'
    end as verdict,
    coalesce(
        judged.verdict_rule,
        case
            when statements.event_kind = 'exchange'
                then 'looks back at a day on which no exchange was announced'
            else 'a claim of its own'
        end
    ) as verdict_rule,
    statements.quote,
    statements.field,
    statements.quote_start,
    statements.quote_end,
    statements.source_id,
    statements.version_id,
    statements.published_at,
    statements.url
from {{ ref('stg_statements') }} as statements
left join judged on statements.statement_id = judged.statement_id
left join outside on statements.statement_id = outside.statement_id
where statements.is_current
