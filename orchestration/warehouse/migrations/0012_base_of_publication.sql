-- The base that the pipeline continues from is changed before its copy is published: `base_id` is the last base,
-- `publication_id` that of the copy that people open.
alter table raw.publication add column base_id text;
update raw.publication set base_id = publication_id;
