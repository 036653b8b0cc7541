-- The extractor version whose statements a build takes. The last one that read anything is another after a return to
-- an earlier version, which has read everything before.
alter table raw.build add column reader_version text;
