-- Every statement about the changed days' events at each timestamp of their timeline, with its source's rank,
-- the sums of its text's parts, and whether it violates the arithmetic. Rebuilt by every build.
with stated as (
    select
        moments.event_kind,
        moments.day,
        moments.event_id,
        moments.as_of,
        moments.is_last,
        listed.mention.mention_id,
        listed.mention.is_moved,
        -- A further exchange is one of its own (int_handovers); of other events a day has one.
        listed.mention.is_further and moments.event_kind <> 'exchange' as is_added,
        statements.statement_id,
        statements.measure,
        statements.value,
        statements.parent_branch,
        statements.bound,
        statements.is_recap,
        statements.confidence,
        case
            when statements.measure in ('by_service', 'mediator', 'part') then statements.category
        end as subject,
        versions.source_id,
        versions.url,
        versions.independent_publisher,
        versions.is_mined is true as is_mined,
        versions.published_at,
        said.said_since,
        precedence.source_rank
    from {{ ref('int_event_timeline') }} as moments
    semi join {{ ref('int_changed_days') }} as touched
        on moments.day = touched.day
    cross join unnest(moments.mentions) as listed (mention)
    inner join {{ ref('stg_statements') }} as statements
        on
            listed.mention.version_id = statements.version_id
            and listed.mention.event_index = statements.event_index
    inner join {{ ref('int_announcement_versions') }} as versions
        on statements.version_id = versions.version_id
    inner join {{ ref('int_said_since') }} as said
        on statements.statement_id = said.statement_id
    inner join {{ ref('int_precedence') }} as precedence
        on
            versions.source_id = precedence.source_id
            and statements.measure = precedence.measure
    where
        moments.is_announced
        -- Several groups without a code of their own can stand in one text.
        and not (statements.measure = 'part' and statements.category = 'other')
),

parts as (
    select
        *,
        count(*) filter (where measure = 'by_service' and parent_branch is null) over text as branches,
        coalesce(sum(value) filter (where measure = 'by_service' and parent_branch is null) over text, 0)
            as in_branches,
        coalesce(max(value) filter (where measure = 'civilians') over text, 0) as civilians,
        coalesce(max(value) filter (where measure = 'military') over text, 0) as military,
        coalesce(max(value) filter (where measure = 'officers') over text, 0) as officers,
        coalesce(max(value) filter (where measure = 'privates_and_sergeants') over text, 0) as privates
    from stated
    window text as (partition by event_id, as_of, mention_id)
),

-- A total that counts soldiers only: its text has no civilians, and another text has the same number of
-- soldiers plus civilians. It is correct but incomplete.
soldiers as (
    select
        *,
        measure = 'released_total' and bound = 'exact' and civilians = 0 and coalesce(list_contains(
            list(military) filter (where civilians > 0 and not is_mined) over (partition by event_id, as_of),
            value
        ), false) as is_soldiers_only
    from parts
),

-- A text's own parts may exceed its total.
summed as (
    select
        *,
        measure = 'released_total' and bound = 'exact'
        and value < greatest(in_branches + civilians, military + civilians, officers + privates)
            as is_below_its_parts
    from soldiers
),

-- The last exact figure that the same source gave later. A look back corrects nothing, nor does a total that
-- is incomplete or below its own parts; and mined pages of many publishers are one source here.
said_later as (
    select
        *,
        arg_max(value, (said_since, statement_id)) filter (
            where bound = 'exact' and not (is_recap or is_mined or is_soldiers_only or is_below_its_parts)
        ) over (
            partition by event_id, as_of, source_id, is_added, measure, subject, parent_branch
            order by said_since
            groups between 1 following and unbounded following
        ) as corrected_value
    from summed
),

corrected as (
    select
        *,
        coalesce(case bound
            when 'exact' then corrected_value <> value
            when 'at_least' then corrected_value < value
            when 'about' then abs(corrected_value - value) > 0.1 * corrected_value
        end, false) as is_corrected
    from said_later
),

-- A total is doubtful when it is below its own text's parts, or below the lower bound of a source of the same
-- or a higher rank.
totals as (
    select
        *,
        is_below_its_parts or (
            measure = 'released_total' and bound = 'exact' and coalesce(value < max(value) filter (
                where measure = 'released_total' and bound = 'at_least' and not is_recap and not is_corrected
            ) over (
                partition by event_id, as_of order by source_rank
                range between unbounded preceding and current row
            ), false)
        ) as is_doubted_total
    from corrected
),

described as (
    select
        *,
        measure = 'released_total' as is_total,
        bound = 'exact' as is_exact,
        if(measure = 'released_total' and bound = 'exact', value, null) as exact_total
    from totals
),

-- No part may exceed the total that comes first.
wholes as (
    select
        *,
        first_value(exact_total) over (
            partition by event_id, as_of
            order by
                is_total desc, is_mined asc, is_doubted_total asc, is_soldiers_only asc, is_exact desc,
                is_recap asc, source_rank asc, said_since desc, statement_id asc
        ) as ceiling
    from described
)

select
    event_kind,
    day,
    event_id,
    as_of,
    is_last,
    mention_id,
    is_moved,
    is_added,
    statement_id,
    measure,
    value,
    parent_branch,
    bound,
    is_recap,
    confidence,
    subject,
    source_id,
    url,
    independent_publisher,
    is_mined,
    published_at,
    said_since,
    source_rank,
    branches,
    in_branches,
    ceiling,
    is_soldiers_only,
    is_corrected,
    coalesce(case
        when is_total then is_doubted_total
        when measure in ('military', 'civilians', 'officers', 'privates_and_sergeants', 'women', 'part')
            then value > ceiling
        when measure = 'by_service' then in_branches > ceiling
    end, false) as is_broken
from wholes
