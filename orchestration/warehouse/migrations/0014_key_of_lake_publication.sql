-- The state beside a working file is restored row by row, which takes a key.
alter table raw.lake_publication add primary key (publication_id);
