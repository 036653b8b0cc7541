-- The Headquarters' own totals since the full-scale invasion next to ours, by category. They are compared,
-- never used as facts. An exchange without a figure for a category makes our total a lower bound.
with theirs as (
    select
        source_id,
        replace(row_id, 'total/', '') as category,
        released as official,
        cells
    from {{ ref('stg_reference_rows') }}
    where row_id like 'total/%'
),

ours as (
    select
        'military' as category,
        sum(military) as persons,
        count(*) filter (where military is null) as exchanges_without_it
    from {{ ref('fct_exchanges') }}
    union all
    select
        'women' as category,
        sum(women) as persons,
        count(*) filter (where women is null) as exchanges_without_it
    from {{ ref('fct_exchanges') }}
    union all
    select
        'civilians' as category,
        sum(civilians) as persons,
        count(*) filter (where civilians is null) as exchanges_without_it
    from {{ ref('fct_exchanges') }}
)

select
    theirs.source_id,
    theirs.category,
    theirs.official,
    cast(ours.persons as integer) as ours,
    cast(theirs.official - ours.persons as integer) as difference,
    ours.exchanges_without_it,
    case
        when ours.category is null then 'a category that is not stored'
        when theirs.official = coalesce(ours.persons, 0) then 'no difference'
        when theirs.official > coalesce(ours.persons, 0) and ours.exchanges_without_it > 0
            then
                'exchanges that do not give it: ' || ours.exchanges_without_it
                || ' (+' || cast(theirs.official - coalesce(ours.persons, 0) as integer) || ')'
        else 'not explained (' || cast(theirs.official - coalesce(ours.persons, 0) as integer) || ')'
    end as explanation,
    theirs.cells
from theirs
left join ours on theirs.category = ours.category
order by theirs.source_id, theirs.category
