-- How sure each statement is; what the extractor would not state by itself; and what people decided about versions.
-- A version that a person decided is read as `review_id` says, by rows of raw.statements that carry it as their
-- reader_version; `change_number` is of the same row as that of readings.

alter table raw.statements add column confidence double;
create table raw.doubts (
    doubt_id text primary key, version_id text, reader_version text, measure text, value integer, field text,
    quote text, quote_start integer, quote_end integer, readings struct(label text, chance double)[]
);
create table raw.reviews (
    version_id text primary key, review_id text, decision text, decided_by text, decided_at timestamp,
    change_number bigint
);
