-- Persons by category; persons of no category are the `unattributed` remainder, so that the rows sum to the
-- exchange's total, or to more than its bound. A branch within another is listed but not summed.
with standing as (
    select * from {{ ref('int_statement_verdicts') }}
    where event_kind = 'exchange' and is_last and verdict = 'stands'
),

claimed as (
    select
        event_id as exchange_id,
        if(measure = 'civilians', 'civilian', 'service_branch') as category_kind,
        subject as service_branch,
        parent_branch,
        value as persons,
        bound,
        statement_id,
        confidence
    from standing
    where measure in ('by_service', 'civilians')
),

remainders as (
    select
        totals.event_id as exchange_id,
        'unattributed' as category_kind,
        cast(null as varchar) as service_branch,
        cast(null as varchar) as parent_branch,
        cast(
            totals.value
            - coalesce(sum(claimed.persons) filter (where claimed.parent_branch is null), 0) as integer
        ) as persons,
        -- What is left of a number of which a round part, or at least a part, is known can be more or less.
        if(coalesce(bool_or(claimed.bound <> 'exact'), false), 'about', totals.bound) as bound,
        totals.statement_id,
        least(totals.confidence, min(claimed.confidence)) as confidence
    from standing as totals
    left join claimed on totals.event_id = claimed.exchange_id
    where totals.measure = 'released_total'
    group by totals.event_id, totals.value, totals.bound, totals.statement_id, totals.confidence
)

select * from claimed
union all
select * from remainders
where persons > 0 or (persons < 0 and bound = 'exact')
order by exchange_id, category_kind, service_branch, parent_branch
