-- Articles that could not be read: when each is tried again, and when and why it was given up.

create table raw.article_failures (
    source_id text, item_id text, url text, title text, attempts integer, first_failed_at timestamp,
    next_attempt_at timestamp, last_error text, given_up_at timestamp,
    primary key (source_id, item_id)
);
