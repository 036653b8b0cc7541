{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['day'], meta={'changed_in': 'int_changed_days'}
) }}
-- depends_on: {{ ref('int_changed_days') }}
-- Which of its day's exchanges each mention is about. A day has one exchange unless officials set two of its
-- totals apart; the earliest is handover 1. Superseded versions and readings that a review replaced count,
-- so that an edit, a deletion or a decision does not renumber a day. Null: the mention counts several
-- exchanges of its day together, ``exchanges`` of them.
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
        any_value(first_seen_on) as first_seen_on,
        any_value(total) as total,
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
told as (
    select
        *,
        if(
            total is null, null,
            {
                'total': total,
                'copy': row_number() over (
                    partition by event_kind, day, version_id, total, is_official, is_taken_back
                    order by event_index
                )
            }
        ) as told_total
    from mentions
),

-- "145 came home" before a text that tells of 100 and another 45 is no exchange of its own.
sums_of_texts as (
    select
        day,
        sum(total) as total,
        count(*) as exchanges
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
        min(mentions.first_seen_on) as first_seen_on,
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

-- Of a day that was followed as it went, what is found days later, in a source that was blocked, comes last:
-- it renumbers nothing. The past is ordered by publication alone, however it was collected.
followed_days as (
    select day
    from totals_seen
    group by day
    having min(first_seen_on) <= day + 1
),

totals as (
    select
        totals_seen.day,
        totals_seen.told_total,
        totals_seen.numbers,
        totals_seen.stages,
        totals_seen.is_taken_back,
        row_number() over (
            partition by totals_seen.day
            order by
                if(followed_days.day is null, null, totals_seen.first_seen_on) asc,
                totals_seen.first_from asc,
                totals_seen.event_index asc,
                totals_seen.told_total asc
        ) as place
    from totals_seen
    left join followed_days on totals_seen.day = followed_days.day
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
        coalesce(bool_or(of_one_publisher.is_called_another), false) as is_called_another,
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

-- ``founded`` is null for a group that nothing sets apart: it is of the first exchange.
of_totals as (
    select
        groups.day,
        groups.told_total,
        groups.told_total['total'] as total,
        totals.place,
        totals.numbers,
        totals.stages,
        totals.is_taken_back,
        founders.handover as founded,
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

-- Each exchange's totals that someone still gives or gave, the earliest and, after an edit, the latest.
totals_of_exchanges as (
    select
        day,
        founded,
        arg_min(total, place) as first_total,
        arg_max(total, place) as last_total
    from of_totals
    where founded is not null and not is_taken_back
    group by day, founded
),

sums as (
    select
        day,
        sum(first_total) as total,
        count(*) as exchanges
    from totals_of_exchanges
    group by day
    having count(*) > 1
    union
    select
        day,
        sum(last_total) as total,
        count(*) as exchanges
    from totals_of_exchanges
    group by day
    having count(*) > 1
    union
    select
        day,
        total,
        exchanges
    from sums_of_texts
),

-- A mention without a total of its own follows its announcement's other versions, its number, its stage.
candidates as (
    select
        mentions.event_kind,
        mentions.day,
        mentions.mention_id,
        min(of_totals.handover) filter (where of_totals.told_total = mentions.told_total) as by_total,
        min(of_totals.handover) filter (where list_contains(of_totals.numbers, mentions.official_number))
            as by_number,
        min(of_totals.handover) filter (where list_contains(of_totals.stages, mentions.stage)) as by_stage,
        max(sums.exchanges) filter (where sums.total = mentions.total) as exchanges
    from told as mentions
    left join of_totals
        on
            mentions.day = of_totals.day
            and mentions.event_kind = 'exchange'
    left join sums
        on
            mentions.day = sums.day
            and mentions.event_kind = 'exchange'
    group by all
)

select
    mentions.event_kind,
    mentions.day,
    mentions.mention_id,
    if(candidates.by_number is null, candidates.exchanges, null) as exchanges,
    if(
        candidates.exchanges is not null and candidates.by_number is null,
        null,
        cast(coalesce(
            candidates.by_total,
            candidates.by_number,
            min(candidates.by_total) over (
                partition by mentions.event_kind, mentions.day, mentions.item_id, mentions.event_index
            ),
            candidates.by_stage,
            1
        ) as integer)
    ) as handover
from mentions
inner join candidates
    on
        mentions.event_kind = candidates.event_kind
        and mentions.day = candidates.day
        and mentions.mention_id = candidates.mention_id
