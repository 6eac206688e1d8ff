create table jobs (
  id text primary key,
  owner text not null,
  model text not null,
  priority integer not null,
  state text not null,
  attempt integer not null default 0,
  lease text,
  cancel integer not null default 0,
  idempotency_key text,
  request_sha256 text not null,
  time_limit_ms integer not null,
  accepted_at integer not null,
  started_at integer,
  finished_at integer,
  expires_at integer,
  result_file text,
  result_bytes integer,
  result_sha256 text,
  expired integer not null default 0,
  problem text,
  events integer not null default 0,
  unique (owner, idempotency_key)
);
create index jobs_active on jobs (owner, model, state) where finished_at is null;
create index jobs_waiting on jobs (model, accepted_at) where finished_at is null;
create index jobs_by_owner on jobs (owner, id);
create index jobs_expiry on jobs (expires_at) where expires_at is not null;

create table job_requests (
  job_id text primary key references jobs (id) on delete cascade,
  body blob not null
);

create table job_events (
  job_id text not null references jobs (id) on delete cascade,
  number integer not null,
  state text not null,
  at integer not null,
  text text not null,
  primary key (job_id, number)
) without rowid;

create table api_keys (
  id text primary key,
  owner text not null,
  label text not null,
  secret_sha256 text not null,
  role text not null,
  highest_priority integer not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
);

create table models (
  name text not null,
  server text not null,
  kind text not null,
  description text not null,
  workers integer not null,
  seen_at integer not null,
  primary key (name, server)
);

create table scheduled_tasks (
  task_name text not null,
  task_instance text not null,
  task_data blob,
  execution_time integer not null,
  picked integer not null,
  picked_by text,
  last_success integer,
  last_failure integer,
  consecutive_failures integer,
  last_heartbeat integer,
  version integer not null,
  priority integer,
  primary key (task_name, task_instance)
);
create index scheduled_tasks_due on scheduled_tasks (priority desc, execution_time asc);
create index scheduled_tasks_heartbeat on scheduled_tasks (last_heartbeat);
