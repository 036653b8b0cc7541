{{ config(severity='warn', meta={"dagster": {"ref": {"name": "reconciliation"}}}) }}

select
    reconciliation.period,
    reconciliation.measure,
    reconciliation.scope,
    reconciliation.official,
    reconciliation.ours,
    reconciliation.unexplained,
    reconciliation.url
from {{ ref('reconciliation') }} as reconciliation
left join {{ ref('known_gaps') }} as known
    on
        reconciliation.period = known.period
        and reconciliation.measure = known.measure
        and reconciliation.scope = known.scope
where abs(reconciliation.unexplained) > coalesce(known.largest_gap, 0)
