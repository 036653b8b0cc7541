-- The last publication: which base it was made as, and the size and time of the file that people open.

create table raw.publication (publication_id text, bytes bigint, modified_ns bigint);
