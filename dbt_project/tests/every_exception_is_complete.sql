{{ config(meta={"dagster": {"ref": {"name": "precedence_by_measure"}}}) }}

select
    measure,
    source_id,
    precedence,
    reason
from {{ ref('precedence_by_measure') }}
where measure is null or source_id is null or precedence is null or reason is null
