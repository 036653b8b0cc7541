-- Persons by category; what no category claims is a named remainder, so that the rows sum to the
-- exchange's total. A branch within another is kept and left out of the sum.
with standing as (
    select * from {{ ref('int_judged_statements') }}
    where verdict = 'stands'
),

branches as (
    select
        exchange_id,
        'service_branch' as category_kind,
        category as service_branch,
        within as within_branch,
        value as persons,
        statement_id
    from standing
    where measure = 'by_service'
),

civilians as (
    select
        exchange_id,
        'civilian' as category_kind,
        cast(null as varchar) as service_branch,
        cast(null as varchar) as within_branch,
        value as persons,
        statement_id
    from standing
    where measure = 'civilians'
),

claimed as (
    select * from branches
    union all
    select * from civilians
),

remainders as (
    select
        totals.exchange_id,
        'unattributed' as category_kind,
        cast(null as varchar) as service_branch,
        cast(null as varchar) as within_branch,
        totals.value
        - coalesce(sum(claimed.persons) filter (where claimed.within_branch is null), 0) as persons,
        totals.statement_id
    from standing as totals
    left join claimed on totals.exchange_id = claimed.exchange_id
    where totals.measure = 'released_total'
    group by totals.exchange_id, totals.value, totals.statement_id
)

select
    exchange_id,
    category_kind,
    service_branch,
    within_branch,
    cast(persons as integer) as persons,
    statement_id
from (
    select * from claimed
    union all
    select * from remainders
    where persons <> 0
) as rows_of_all_kinds
