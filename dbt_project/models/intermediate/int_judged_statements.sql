-- Whose figure stands. For each figure the order is: exact over bound, the announcement of the day
-- over a later text that looks back, the source's precedence, the later version.
with ranked as (
    select
        *,
        row_number() over (
            partition by exchange_id, measure, category, within
            order by
                (measure = 'by_service' and not is_of_breakdown) asc,
                (bound <> 'exact') asc,
                is_recap asc,
                precedence asc,
                published_at desc,
                statement_id asc
        ) as standing
    from {{ ref('int_exchange_statements') }}
),

chosen as (
    select
        *,
        standing = 1 and (measure <> 'by_service' or is_of_breakdown) as is_chosen,
        first_value(value) over (
            partition by exchange_id, measure, category, within
            order by standing
        ) as standing_value
    from ranked
),

-- Parts that sum to more than the whole are wrong somewhere: none of them stands.
sums as (
    select
        exchange_id,
        sum(value) filter (
            where measure = 'released_total' and bound = 'exact'
        ) as released_total,
        coalesce(sum(value) filter (where measure = 'by_service' and within is null), 0)
        + coalesce(sum(value) filter (where measure = 'civilians'), 0) as parts
    from chosen
    where is_chosen
    group by exchange_id
),

compared as (
    select
        chosen.*,
        coalesce(chosen.value, -1) = coalesce(chosen.standing_value, -1) as is_same,
        chosen.bound = 'at_least' and chosen.value <= chosen.standing_value as is_met_bound,
        chosen.measure = 'by_service' and coalesce(sums.parts > sums.released_total, false) as is_excessive
    from chosen
    left join sums on chosen.exchange_id = sums.exchange_id
)

select
    *,
    case
        when is_excessive then 'overruled'
        when is_chosen then 'stands'
        when is_same or is_met_bound then 'agrees'
        else 'overruled'
    end as verdict,
    case
        when is_excessive then 'the parts sum to more than the total'
        when is_chosen then 'first by exactness, closeness to the day, precedence, lateness'
        when is_same then 'same figure as the one that stands'
        when is_met_bound then 'a lower bound that the standing figure meets'
        else 'another figure comes first by exactness, closeness to the day, precedence or lateness'
    end as verdict_rule
from compared
