-- The first files of version 4 knew only `since` of a build. What was built is noted again by the next build.

drop table raw.build;
create table raw.build (since bigint, rules text, arrived bigint, changed bigint, "references" ubigint);
