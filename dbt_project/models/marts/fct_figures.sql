-- Every figure of every exchange: the value that stands, how sure it is, and the quote it comes from. Parts,
-- such as the defenders of Azovstal, are rows too and belong to no sum.
with verdicts as (
    select
        verdicts.event_id as exchange_id,
        verdicts.measure,
        verdicts.subject as category,
        verdicts.parent_branch,
        verdicts.value,
        verdicts.bound,
        verdicts.statement_id,
        verdicts.independent_publisher,
        max(verdicts.independent_publisher) filter (where verdicts.verdict = 'stands') over figure
            as standing_publisher,
        max(verdicts.value) filter (where verdicts.verdict = 'stands') over figure as standing_value,
        max(verdicts.bound) filter (where verdicts.verdict = 'stands') over figure as standing_bound,
        statements.said_at,
        verdicts.verdict,
        verdicts.verdict_rule,
        verdicts.is_conflict
    from {{ ref('int_statement_verdicts') }} as verdicts
    inner join {{ ref('fct_statements') }} as statements
        on verdicts.statement_id = statements.statement_id
    where verdicts.event_kind = 'exchange' and verdicts.is_last and verdicts.value is not null
    window figure as (
        partition by verdicts.event_id, verdicts.measure, verdicts.subject, verdicts.parent_branch
    )
),

-- A bound or a round number that the standing figure meets does not contradict it, nor does it give it.
given as (
    select
        *,
        value = standing_value and bound = standing_bound as is_given
    from verdicts
),

-- An official number may be that of a statement about another day (int_official_numbers).
standing as (
    select
        exchange_id,
        measure,
        category,
        parent_branch,
        value,
        bound,
        statement_id
    from verdicts
    where verdict = 'stands' and measure <> 'official_number'
    union all
    select
        numbers.exchange_id,
        'official_number' as measure,
        cast(null as varchar) as category,
        cast(null as varchar) as parent_branch,
        numbers.official_number as value,
        'exact' as bound,
        numbers.statement_id
    from {{ ref('int_official_numbers') }} as numbers
),

support as (
    select
        exchange_id,
        measure,
        category,
        parent_branch,
        count(distinct independent_publisher) filter (where is_given) as publishers_agreeing,
        count(distinct independent_publisher) filter (
            where is_conflict and independent_publisher is distinct from standing_publisher
        ) as publishers_differing,
        min(said_at) filter (where is_given) as first_said_at,
        max(said_at) filter (where is_given) as last_said_at,
        min(verdict_rule) filter (where is_conflict) as rule_against_others
    from given
    group by exchange_id, measure, category, parent_branch
),

-- An edited announcement said what it kept before the edit too.
edited as (
    select
        exchange_id,
        measure,
        category,
        parent_branch,
        value,
        bound,
        min(said_at) as first_said_at
    from {{ ref('fct_statements') }}
    where exchange_id is not null and not is_current
    group by all
)

select
    standing.exchange_id,
    exchanges.exchanged_on,
    standing.measure,
    standing.category,
    standing.parent_branch,
    standing.value,
    standing.bound,
    cast(
        coalesce(support.publishers_agreeing, if(versions.independent_publisher is null, 0, 1)) as integer
    ) as publishers_agreeing,
    cast(coalesce(support.publishers_differing, 0) as integer) as publishers_differing,
    case
        when support.exchange_id is null then 'a statement about another day of the same exchange gives it'
        when support.rule_against_others is not null then support.rule_against_others
        when support.publishers_agreeing > 1 then 'all independent publishers agree'
        when support.publishers_agreeing = 1 then 'no other independent publisher gives it'
        else 'only the press or forwarded posts give it'
    end as rule,
    statements.confidence,
    least(coalesce(support.first_said_at, statements.said_at), edited.first_said_at) as first_said_at,
    coalesce(support.last_said_at, statements.said_at) as last_said_at,
    statements.quote,
    statements.source_id,
    statements.url,
    standing.statement_id,
    statements.said_at,
    statements.review_decision,
    statements.reviewed_at
from standing
inner join {{ ref('fct_exchanges') }} as exchanges
    on standing.exchange_id = exchanges.exchange_id
inner join {{ ref('fct_statements') }} as statements
    on standing.statement_id = statements.statement_id
inner join {{ ref('int_announcement_versions') }} as versions
    on statements.version_id = versions.version_id
left join support
    on
        standing.exchange_id = support.exchange_id
        and standing.measure = support.measure
        and standing.category is not distinct from support.category
        and standing.parent_branch is not distinct from support.parent_branch
left join edited
    on
        standing.exchange_id = edited.exchange_id
        and standing.measure = edited.measure
        and standing.value = edited.value
        and standing.bound = edited.bound
        and standing.category is not distinct from edited.category
        and standing.parent_branch is not distinct from edited.parent_branch
order by
    exchanges.exchanged_on, standing.exchange_id, standing.measure, standing.parent_branch, standing.category
