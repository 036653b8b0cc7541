{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

with figures as (
    unpivot (
        select
            exchange_id,
            released_total,
            military,
            civilians,
            returned_to_russia,
            officers,
            privates_and_sergeants,
            women,
            stage
        from {{ ref('fct_exchanges') }}
    )
    on columns(* exclude (exchange_id))
    into name measure value figure
)

select
    figures.exchange_id,
    figures.measure,
    figures.figure
from figures
left join {{ ref('fct_statements') }} as statements
    on
        figures.exchange_id = statements.exchange_id
        and figures.measure = statements.measure
        and figures.figure = statements.value
        and statements.verdict = 'stands'
        and length(statements.quote) > 0
        and statements.url like 'http%'
where statements.statement_id is null
