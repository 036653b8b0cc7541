-- What had been loaded, and changed, when an exchange was last compared with its alerts: later changes of its figures
-- are its sources' only if anything about it arrived since.
alter table raw.alerted_exchanges add column load_seq bigint;
alter table raw.alerted_exchanges add column change_seq bigint;
