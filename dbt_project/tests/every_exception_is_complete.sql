{{ config(meta={"dagster": {"ref": {"name": "precedence_by_measure"}}}) }}

-- A row of precedence_by_measure that lacks a name, a place or a reason would be ignored in silence.
select
    measure,
    source_id,
    precedence,
    reason
from {{ ref('precedence_by_measure') }}
where measure is null or source_id is null or precedence is null or reason is null
