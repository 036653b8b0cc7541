-- The base that the pipeline continues from is changed before its copy is published. raw.publication has the copies
-- that may be the published one: the last, and the one that is being swapped in.
create table raw.publication_base as select publication_id as base_id from raw.publication;
