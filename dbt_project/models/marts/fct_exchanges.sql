with judged as (
    select * from {{ ref('int_judged_statements') }}
),

figures as (
    select
        exchange_id,
        any_value(value) filter (where measure = 'released_total') as released_total,
        any_value(bound) filter (where measure = 'released_total') as released_bound,
        any_value(url) filter (where measure = 'released_total') as released_url,
        any_value(value) filter (where measure = 'military') as military,
        any_value(value) filter (where measure = 'civilians') as civilians,
        any_value(value) filter (where measure = 'returned_to_russia') as returned_to_russia,
        any_value(value) filter (where measure = 'officers') as officers,
        any_value(value) filter (where measure = 'privates_and_sergeants') as privates_and_sergeants,
        any_value(value) filter (where measure = 'women') as women,
        any_value(value) filter (where measure = 'stage') as stage,
        any_value(url) filter (where measure = 'event') as event_url,
        max(published_at) as last_revised_at
    from judged
    where verdict = 'stands'
    group by exchange_id
),

around as (
    select
        exchange_id,
        list(distinct category order by category) filter (
            where measure = 'mediator' and not is_recap
        ) as mediators,
        bool_or(verdict = 'overruled') as has_conflict
    from judged
    group by exchange_id
)

select
    exchanges.exchange_id,
    case when exchanges.source_count > 1 then 'confirmed' else 'announced' end as status,
    exchanges.exchanged_on,
    numbers.official_number,
    figures.stage,
    figures.released_total,
    figures.military,
    figures.civilians,
    case
        when figures.released_total is not null then figures.released_bound = 'at_least'
    end as released_is_lower_bound,
    figures.returned_to_russia,
    figures.officers,
    figures.privates_and_sergeants,
    figures.women,
    coalesce(around.mediators, cast([] as varchar[])) as mediators,
    exchanges.source_count,
    around.has_conflict,
    exchanges.first_announced_at,
    figures.last_revised_at,
    coalesce(figures.released_url, figures.event_url) as announcement_url
from {{ ref('int_exchanges') }} as exchanges
inner join figures on exchanges.exchange_id = figures.exchange_id
inner join around on exchanges.exchange_id = around.exchange_id
left join {{ ref('int_official_numbers') }} as numbers
    on exchanges.exchange_id = numbers.exchange_id
order by exchanges.exchanged_on
