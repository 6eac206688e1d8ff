alter table jobs add column request_id text;

alter table api_keys add column quota_unfinished bigint;
alter table api_keys add column quota_jobs_per_day bigint;
alter table api_keys add column quota_stored_bytes bigint;
alter table api_keys add column quota_seconds_per_day bigint;

create table key_usage (
  key_id text not null,
  day bigint not null,
  jobs bigint not null default 0,
  millis bigint not null default 0,
  primary key (key_id, day)
);

create table job_results (
  job_id text primary key references jobs (id) on delete cascade,
  body bytea not null
);
