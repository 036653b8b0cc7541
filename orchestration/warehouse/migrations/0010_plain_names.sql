-- Names that say what they hold: which exchanges were alerted, how far backfills got, and two sequences: that of the
-- load that brought a row, and that of the change that a build has to look at.
alter table raw.told_exchanges rename to alerted_exchanges;
alter table raw.history rename to backfill_progress;
alter table raw.announcements rename column arrival_number to load_seq;
alter table raw.absent_items rename column change_number to change_seq;
alter table raw.readings rename column change_number to change_seq;
alter table raw.reviews rename column change_number to change_seq;
