{{ config(meta={"dagster": {"ref": {"name": "reconciliation_items"}}}) }}

select
    statement_id,
    official - ours as difference,
    sum(value) as in_items
from {{ ref('reconciliation_items') }}
group by statement_id, official, ours
having sum(value) <> official - ours
