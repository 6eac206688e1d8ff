alter table jobs add column key_id text;
alter table jobs add column model_digest text;
alter table jobs add column waits_from bigint;
create index jobs_by_key on jobs (key_id) where finished_at is null;

alter table models add column digest text not null default '';

create table servers (
  name text primary key,
  seen_at bigint not null
);
