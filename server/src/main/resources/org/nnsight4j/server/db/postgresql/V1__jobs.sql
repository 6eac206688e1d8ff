create table jobs (
  id text primary key,
  owner text not null,
  model text not null,
  priority int not null,
  state text not null,
  attempt int not null default 0,
  lease text,
  cancel int not null default 0,
  idempotency_key text,
  request_sha256 text not null,
  time_limit_ms bigint not null,
  accepted_at bigint not null,
  started_at bigint,
  finished_at bigint,
  expires_at bigint,
  result_file text,
  result_bytes bigint,
  result_sha256 text,
  expired int not null default 0,
  problem text,
  events int not null default 0,
  unique (owner, idempotency_key)
);
create index jobs_active on jobs (owner, model, state) where finished_at is null;
create index jobs_waiting on jobs (model, accepted_at) where finished_at is null;
create index jobs_by_owner on jobs (owner, id);
create index jobs_expiry on jobs (expires_at) where expires_at is not null;

create table job_requests (
  job_id text primary key references jobs (id) on delete cascade,
  body bytea not null
);

create table job_events (
  job_id text not null references jobs (id) on delete cascade,
  number int not null,
  state text not null,
  at bigint not null,
  text text not null,
  primary key (job_id, number)
);

create table api_keys (
  id text primary key,
  owner text not null,
  label text not null,
  secret_sha256 text not null,
  role text not null,
  highest_priority int not null,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint
);

create table models (
  name text not null,
  server text not null,
  kind text not null,
  description text not null,
  workers int not null,
  seen_at bigint not null,
  primary key (name, server)
);

create table scheduled_tasks (
  task_name text not null,
  task_instance text not null,
  task_data bytea,
  execution_time timestamptz not null,
  picked boolean not null,
  picked_by text,
  last_success timestamptz,
  last_failure timestamptz,
  consecutive_failures int,
  last_heartbeat timestamptz,
  version bigint not null,
  priority smallint,
  primary key (task_name, task_instance)
);
create index scheduled_tasks_due on scheduled_tasks (priority desc, execution_time asc);
create index scheduled_tasks_heartbeat on scheduled_tasks (last_heartbeat);
alter table scheduled_tasks set (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 70);
