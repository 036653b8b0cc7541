{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['day'], meta={'changed_in': 'int_changed_days'}
) }}
-- depends_on: {{ ref('int_changed_days') }}
-- Which of its day's exchanges each mention is about. A day has one exchange unless officials set two of
-- its totals apart; the earliest is handover 1. Superseded versions and readings that a review replaced
-- count, so that an edit, a deletion or a decision does not renumber a day. A mention that counts several
-- exchanges together is held as if it were of one; int_counted_together has what it counts.
with recursive mentions as (
    select
        event_kind,
        day,
        mention_id,
        any_value(version_id) as version_id,
        any_value(event_index) as event_index,
        any_value(item_id) as item_id,
        any_value(publisher) as publisher,
        any_value(first_from) as first_from,
        any_value(first_seen_at) as first_seen_at,
        any_value(total) as total,
        any_value(least_total) as least_total,
        any_value(about_total) as about_total,
        min(as_of) as said_from,
        any_value(official_number) as official_number,
        any_value(stage) as stage,
        any_value(is_further) as is_further,
        coalesce(any_value(is_taken_back), false) as is_taken_back,
        event_kind = 'exchange' and any_value(is_announcement and side <> 'press') as is_official
    from {{ ref('int_mentions_of_days') }}
    where mention_id is not null
    group by event_kind, day, mention_id
),

-- A number that one text gives to two exchanges of a day ("50, and another 50") is two totals.
copies as (
    select
        *,
        row_number() over (
            partition by event_kind, day, version_id, total, is_official, is_taken_back order by event_index
        ) as copy
    from mentions
),

told as (
    select
        *,
        -- An edit of one of them leaves the other its place.
        if(
            total is null, null,
            {
                'total': total,
                'copy': max(copy) over (
                    partition by event_kind, day, item_id, event_index, total, is_official
                )
            }
        ) as told_total,
        max(copy) over (partition by event_kind, day, version_id, total, is_official, is_taken_back) > 1
            as is_one_of_several
    from copies
),

-- "145 came home" before a text that tells of 100 and another 45 is no exchange of its own.
sums_of_texts as (
    select
        day,
        sum(total) as total
    from told
    where is_official and total is not null and not is_taken_back
    group by day, version_id
    having count(distinct event_index) > 1
),

-- What was taken back keeps a place of its day; what it says beside its total counts only where no one else
-- gives that total.
official_totals as (
    select
        *,
        not is_taken_back or bool_and(is_taken_back) over (partition by event_kind, day, told_total)
            as is_telling
    from told
    where is_official and total is not null
),

totals_seen as (
    select
        mentions.day,
        mentions.told_total,
        min(mentions.first_seen_at) as first_seen_at,
        min(mentions.first_from) as first_from,
        min(mentions.event_index) as event_index,
        bool_and(mentions.is_taken_back) as is_taken_back,
        coalesce(list(distinct mentions.official_number) filter (
            where mentions.official_number is not null and mentions.is_telling
        ), []) as numbers,
        coalesce(list(distinct mentions.stage) filter (
            where mentions.stage is not null and mentions.is_telling
        ), []) as stages
    from official_totals as mentions
    anti join sums_of_texts
        on
            mentions.day = sums_of_texts.day
            and mentions.total = sums_of_texts.total
    group by mentions.day, mentions.told_total
    qualify count(*) over (partition by mentions.day) > 1
),

-- Of a day that was followed as it went, what is found by a later crawl, in a source that was blocked, comes
-- last: it renumbers nothing that was published. The past is ordered by publication alone, however it was
-- collected.
followed_days as (
    select day
    from totals_seen
    group by day
    having min(cast(timezone('Europe/Kyiv', timezone('UTC', first_seen_at)) as date)) <= day + 1
),

-- A crawl sees its pages within ten minutes, and the next one begins a quarter of an hour after it.
seen_after as (
    select
        *,
        first_seen_at - lag(first_seen_at) over (
            partition by day order by first_seen_at, told_total
        ) > interval 10 minutes as is_later_crawl
    from totals_seen
),

seen_by_crawl as (
    select
        *,
        count(*) filter (where is_later_crawl) over (
            partition by day order by first_seen_at, told_total
        ) as crawl
    from seen_after
),

totals as (
    select
        seen.day,
        seen.told_total,
        seen.numbers,
        seen.stages,
        seen.is_taken_back,
        seen.first_from,
        row_number() over (
            partition by seen.day
            order by
                if(followed_days.day is null, null, seen.crawl) asc,
                seen.first_from asc,
                seen.event_index asc,
                seen.told_total asc
        ) as place
    from seen_by_crawl as seen
    left join followed_days on seen.day = followed_days.day
),

official as (
    select official_totals.*
    from official_totals
    semi join totals
        on
            official_totals.day = totals.day
            and official_totals.told_total = totals.told_total
    where official_totals.is_telling
),

-- Two totals of one day, the earlier first, with what sets them apart or makes them one.
of_one_publisher as (
    select distinct
        one.day,
        one.told_total,
        other.told_total as other_total,
        one.version_id = other.version_id and one.is_taken_back = other.is_taken_back as is_in_the_same_text,
        other.is_further and one.publisher = other.publisher and one.item_id <> other.item_id
        and one.first_from < other.first_from as is_called_another,
        one.item_id = other.item_id and one.event_index = other.event_index as is_an_edit
    from official as one
    inner join official as other
        on
            one.day = other.day
            and one.publisher = other.publisher
            and one.told_total <> other.told_total
),

pairs as (
    select
        earlier.day,
        earlier.told_total,
        later.told_total as other_total,
        earlier.numbers <> [] and later.numbers <> [] and not list_has_any(earlier.numbers, later.numbers)
            as has_another_number,
        list_has_any(earlier.numbers, later.numbers) as has_the_same_number,
        earlier.stages <> [] and later.stages <> [] and not list_has_any(earlier.stages, later.stages)
            as is_another_stage,
        coalesce(bool_or(of_one_publisher.is_in_the_same_text), false) as is_in_the_same_text,
        -- What others had told of before is no addition to what its publisher told.
        coalesce(bool_or(
            of_one_publisher.is_called_another
            and if(of_one_publisher.told_total = earlier.told_total, later.first_from, earlier.first_from)
            > if(of_one_publisher.told_total = earlier.told_total, earlier.first_from, later.first_from)
        ), false) as is_called_another,
        coalesce(bool_or(of_one_publisher.is_an_edit), false) as is_an_edit
    from totals as earlier
    inner join totals as later
        on
            earlier.day = later.day
            and earlier.place < later.place
    left join of_one_publisher
        on
            earlier.day = of_one_publisher.day
            and (
                (
                    earlier.told_total = of_one_publisher.told_total
                    and later.told_total = of_one_publisher.other_total
                )
                or (
                    later.told_total = of_one_publisher.told_total
                    and earlier.told_total = of_one_publisher.other_total
                )
            )
    group by all
),

judged as (
    select
        *,
        has_another_number or is_another_stage or is_in_the_same_text or is_called_another as is_apart,
        (is_an_edit or has_the_same_number)
        and not (is_another_stage or is_in_the_same_text or is_called_another) as is_one
    from pairs
),

-- Totals that are one exchange: an edit made the other of one, or they have the same official number.
reachable as (
    select
        day,
        told_total,
        told_total as member
    from totals
    union
    select
        reachable.day,
        reachable.told_total,
        if(judged.told_total = reachable.member, judged.other_total, judged.told_total) as member
    from reachable
    inner join judged
        on
            reachable.day = judged.day
            and judged.is_one
            and reachable.member in (judged.told_total, judged.other_total)
),

groups as (
    select
        reachable.day,
        reachable.told_total,
        min(members.place) as place
    from reachable
    inner join totals as members
        on
            reachable.day = members.day
            and reachable.member = members.told_total
    group by reachable.day, reachable.told_total
),

apart as (
    select distinct
        judged.day,
        greatest(one.place, other.place) as place
    from judged
    inner join groups as one
        on
            judged.day = one.day
            and judged.told_total = one.told_total
    inner join groups as other
        on
            judged.day = other.day
            and judged.other_total = other.told_total
    where judged.is_apart and one.place <> other.place
),

-- The totals that are set apart from an earlier one, each an exchange of its own.
founders as (
    select
        totals.day,
        totals.place,
        row_number() over (partition by totals.day order by totals.place) as handover
    from totals
    left join apart
        on
            totals.day = apart.day
            and totals.place = apart.place
    where totals.place = 1 or apart.place is not null
),

-- A group that nothing sets apart is of the first exchange.
of_totals as (
    select
        groups.day,
        groups.told_total,
        groups.told_total['total'] as total,
        totals.place,
        totals.numbers,
        totals.stages,
        totals.place = groups.place and totals.place > 1 and founders.handover is not null as is_set_apart,
        coalesce(founders.handover, 1) as handover
    from groups
    inner join totals
        on
            groups.day = totals.day
            and groups.told_total = totals.told_total
    left join founders
        on
            groups.day = founders.day
            and groups.place = founders.place
),

-- A mention without a total of its own follows its announcement's other versions, its number, its stage.
-- Where two exchanges have one total, a text that tells of both says which; else it is of the one with its
-- number, or of the later when it calls it another.
candidates as (
    select
        mentions.event_kind,
        mentions.day,
        mentions.mention_id,
        min(of_totals.handover) filter (
            where of_totals.told_total = mentions.told_total and mentions.is_one_of_several
        ) as by_copy,
        min(of_totals.handover) filter (where of_totals.total = mentions.total) as first_by_total,
        max(of_totals.handover) filter (where of_totals.total = mentions.total) as last_by_total,
        min(of_totals.handover) filter (where list_contains(of_totals.numbers, mentions.official_number))
            as by_number,
        min(of_totals.handover) filter (where list_contains(of_totals.stages, mentions.stage)) as by_stage,
        coalesce(bool_or(of_totals.told_total = mentions.told_total and of_totals.is_set_apart), false)
            as is_set_apart
    from told as mentions
    left join of_totals
        on
            mentions.day = of_totals.day
            and mentions.event_kind = 'exchange'
    group by all
),

of_mentions as (
    select
        mentions.*,
        candidates.is_set_apart,
        candidates.by_number,
        candidates.by_stage,
        coalesce(
            candidates.by_copy,
            if(
                candidates.by_number between candidates.first_by_total and candidates.last_by_total,
                candidates.by_number, null
            ),
            if(mentions.is_further, candidates.last_by_total, candidates.first_by_total)
        ) as by_total
    from mentions
    inner join candidates
        on
            mentions.event_kind = candidates.event_kind
            and mentions.day = candidates.day
            and mentions.mention_id = candidates.mention_id
)

select
    event_kind,
    day,
    mention_id,
    item_id,
    publisher,
    first_from,
    said_from,
    total,
    least_total,
    about_total,
    official_number,
    is_official,
    is_further,
    is_taken_back,
    is_set_apart,
    cast(coalesce(
        by_total,
        by_number,
        min(by_total) over (partition by event_kind, day, item_id, event_index),
        by_stage,
        1
    ) as integer) as handover
from of_mentions
