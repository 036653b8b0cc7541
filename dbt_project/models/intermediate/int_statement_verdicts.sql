{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['day'], meta={'changed_in': 'int_changed_days'}
) }}
-- depends_on: {{ ref('int_changed_days') }}
-- Selects the figures that stand at each timestamp of an event's timeline. A mined page's figure stands
-- only where no other source gives one. A figure that violates the arithmetic loses; then the order is
-- exact before bound, announcement of the day before recap, source rank for the measure, and within one
-- source the later statement. All verdicts of the last timestamp are stored; of earlier timestamps only
-- those that stand, because revisions are derived from them.
with described as (
    select
        * replace (
            is_mined is true as is_mined, is_added is true as is_added, is_corrected is true as is_corrected
        ),
        bool_or(measure = 'by_service' and is_mined is not true) over (partition by event_id, as_of)
            as has_other_branches,
        bound = 'exact' as is_exact,
        measure = 'by_service' and parent_branch is null as is_whole_branch,
        coalesce(in_branches = ceiling, false) as has_branches_of_all
    from {{ ref('int_event_statements') }}
),

-- Branches come from one text as a whole: a sum mixed from two texts would be in no source. A text whose
-- branches account for the total comes first.
weighed as (
    select
        *,
        first_value(mention_id) over (
            partition by event_id, as_of
            order by
                is_whole_branch and not (is_mined and has_other_branches) desc, is_mined asc, is_broken asc,
                has_branches_of_all desc, is_recap asc, source_rank asc, branches desc, said_since desc,
                mention_id asc
        ) as breakdown_of
    from described
),

compared_with_breakdown as (
    select
        *,
        measure = 'by_service' and mention_id <> breakdown_of as is_of_another_breakdown
    from weighed
),

ranked as (
    select
        *,
        row_number() over (
            partition by event_id, as_of, measure, subject, parent_branch
            order by
                is_of_another_breakdown asc, is_mined asc, is_broken asc, is_soldiers_only asc, is_added asc,
                is_exact desc, is_recap asc, source_rank asc, said_since desc, statement_id asc
        ) = 1 as is_first
    from compared_with_breakdown
),

firsts as (
    select *
    from ranked
    where is_first and not is_of_another_breakdown and (measure = 'released_total' or not is_broken)
),

-- Two parts that exceed the total only together: the one whose source has the lower rank loses.
pairs as (
    select
        event_id,
        as_of,
        max(ceiling) as ceiling,
        max(value) filter (where measure = 'civilians') as civilians,
        max(value) filter (where measure = 'military') as military,
        max(value) filter (where measure = 'officers') as officers,
        max(value) filter (where measure = 'privates_and_sergeants') as privates,
        sum(value) filter (where measure = 'by_service' and parent_branch is null) as in_branches,
        map_from_entries(
            list((measure, source_rank)) filter (where parent_branch is null and subject is null)
        ) as source_ranks,
        max(source_rank) filter (where measure = 'by_service') as rank_of_branches
    from firsts
    group by event_id, as_of
),

excessive as (
    select
        event_id,
        as_of,
        unnest([
            if(
                military + civilians > ceiling,
                if(source_ranks['military'] > source_ranks['civilians'], 'military', 'civilians'), null
            ),
            if(
                officers + privates > ceiling,
                if(
                    source_ranks['officers'] > source_ranks['privates_and_sergeants'],
                    'officers',
                    'privates_and_sergeants'
                ),
                null
            ),
            if(
                in_branches + civilians > ceiling,
                if(source_ranks['civilians'] > rank_of_branches, 'civilians', 'by_service'), null
            )
        ]) as measure
    from pairs
),

standing as (
    select firsts.*
    from firsts
    anti join excessive
        on
            firsts.event_id = excessive.event_id
            and firsts.as_of = excessive.as_of
            and firsts.measure = excessive.measure
    left join firsts as whole
        on
            firsts.event_id = whole.event_id
            and firsts.as_of = whole.as_of
            and firsts.parent_branch = whole.subject
            and whole.measure = 'by_service'
            and whole.parent_branch is null
    where firsts.parent_branch is null or firsts.value <= whole.value
),

compared as (
    select
        ranked.*,
        standing.statement_id as standing_statement_id,
        standing.source_id as standing_source_id,
        standing.is_mined as standing_is_mined,
        standing.value as standing_value,
        standing.bound as standing_bound,
        standing.is_recap as standing_is_recap,
        standing.is_added as standing_is_added,
        -- A source that corrects itself contradicts nobody, whoever's figure stands; one text that gives two
        -- figures does, and a look back corrects nothing.
        ranked.is_corrected or coalesce(
            ranked.source_id = standing.source_id and ranked.said_since < standing.said_since
            and (ranked.is_recap or not standing.is_recap) and ranked.is_added = standing.is_added, false
        ) as is_superseded,
        coalesce(
            standing.statement_id is not null and ranked.value is not distinct from standing.value
            and ranked.bound = standing.bound, false
        ) as is_same,
        coalesce(case ranked.bound
            when 'at_least' then ranked.value <= standing.value
            when 'about' then abs(ranked.value - standing.value) <= 0.1 * standing.value
        end, false) as is_met
    from ranked
    left join standing
        on
            ranked.event_id = standing.event_id
            and ranked.as_of = standing.as_of
            and ranked.measure = standing.measure
            and ranked.subject is not distinct from standing.subject
            and ranked.parent_branch is not distinct from standing.parent_branch
),

judged as (
    select
        *,
        case
            when statement_id = standing_statement_id then 'stands'
            when is_same or is_met then 'agrees'
            else 'overruled'
        end as verdict
    from compared
)

select
    event_kind,
    day,
    event_id,
    as_of,
    is_last,
    statement_id,
    standing_statement_id,
    measure,
    value,
    subject,
    parent_branch,
    bound,
    confidence,
    source_id,
    url,
    independent_publisher,
    is_mined,
    published_at,
    is_recap,
    verdict,
    case
        when verdict = 'stands' and is_moved then 'first in the order; reported a day later, undated'
        when verdict = 'stands' then 'first in the order of figures'
        when is_same and is_moved then 'the same as what stands; reported a day later'
        when is_same then 'the same as what stands'
        when is_met then 'a bound or a round figure that the standing one meets'
        when is_of_another_breakdown then 'branches are taken from one text, and another comes first'
        when is_broken or standing_statement_id is null then 'breaks the arithmetic of the figures that stand'
        when is_mined and not standing_is_mined then 'a page of a web archive comes after all other sources'
        when is_soldiers_only and value < standing_value
            then 'counts soldiers only, and the standing figure civilians too'
        when not is_exact and standing_bound = 'exact' then 'an exact figure comes before a bound'
        when is_added and not standing_is_added
            then 'one more of its day, which has one such event: its figures are in conflict'
        when is_recap and not standing_is_recap then 'an announcement of the day comes before a look back'
        when source_id <> standing_source_id then 'another source comes first for this measure'
        else 'a later statement of the same source comes first'
    end as verdict_rule,
    verdict = 'overruled' and not is_superseded and value is not null and (
        is_broken or standing_statement_id is null or value <> standing_value
    ) and not (is_of_another_breakdown and standing_statement_id is null) as is_conflict
from judged
where is_last or verdict = 'stands'
