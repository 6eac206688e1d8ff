alter table jobs add column request_id text;

alter table api_keys add column quota_unfinished integer;
alter table api_keys add column quota_jobs_per_day integer;
alter table api_keys add column quota_stored_bytes integer;
alter table api_keys add column quota_seconds_per_day integer;

create table key_usage (
  key_id text not null,
  day integer not null,
  jobs integer not null default 0,
  millis integer not null default 0,
  primary key (key_id, day)
);

create table job_results (
  job_id text primary key references jobs (id) on delete cascade,
  body blob not null
);
