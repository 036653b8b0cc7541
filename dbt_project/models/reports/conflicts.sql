-- Figures that another figure overruled, side by side with the one that stands.
select
    overruled.exchange_id,
    overruled.measure,
    overruled.category,
    standing.value as standing_value,
    standing.url as standing_url,
    overruled.value as overruled_value,
    overruled.url as overruled_url,
    overruled.verdict_rule
from {{ ref('fct_statements') }} as overruled
left join {{ ref('fct_statements') }} as standing
    on
        overruled.exchange_id = standing.exchange_id
        and overruled.measure = standing.measure
        and overruled.category is not distinct from standing.category
        and overruled.within is not distinct from standing.within
        and standing.verdict = 'stands'
where overruled.verdict = 'overruled'
order by overruled.exchange_id, overruled.measure
