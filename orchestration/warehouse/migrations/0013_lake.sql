-- What the lake has of this file: the publication that was written to it or restored from it last, and a hash of the
-- state that it holds.
create table raw.lake_publication (publication_id varchar not null, state varchar not null, written_at timestamp not null);
