/** The shared server, for programs that start it themselves. */
@SuppressWarnings("module") // the command is compiled after this module
module org.nnsight4j.server {
  requires com.fasterxml.jackson.databind;
  requires com.github.kagkarlsson.scheduler;
  requires com.zaxxer.hikari;
  requires flyway.core; // named after its file, because it has no other name (docs/decisions/031)
  requires io.github.bucket4j.core;
  requires jakarta.annotation;
  requires jakarta.servlet;
  requires jakarta.ws.rs;
  requires java.management;
  requires java.sql;
  requires jdk.management;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires org.eclipse.jetty.ee11.servlet;
  requires org.eclipse.jetty.server;
  requires org.glassfish.jersey.container.servlet;
  requires org.glassfish.jersey.core.server;
  requires org.glassfish.jersey.inject.hk2;
  requires org.glassfish.jersey.media.json.jackson;
  requires org.glassfish.jersey.media.sse;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;
  requires org.nnsight4j;
  requires static transitive org.jspecify;

  exports org.nnsight4j.server;
  exports org.nnsight4j.server.execute;
  exports org.nnsight4j.server.options;
  exports org.nnsight4j.server.problem;
  exports org.nnsight4j.server.graph to
      org.nnsight4j.cli;

  // Migrations, which Flyway reads as resources.
  opens org.nnsight4j.server.db.postgresql;
  opens org.nnsight4j.server.db.sqlite;
  // Resources, which Jersey calls and injects.
  opens org.nnsight4j.server.http;
  // Records that Jackson writes and reads.
  opens org.nnsight4j.server.job to
      com.fasterxml.jackson.databind;
  opens org.nnsight4j.server.dispatch to
      com.fasterxml.jackson.databind;
  opens org.nnsight4j.server.store to
      com.fasterxml.jackson.databind;
  opens org.nnsight4j.server.worker to
      com.fasterxml.jackson.databind;

  uses org.nnsight4j.server.execute.ExecutorKind;

  provides org.nnsight4j.server.execute.ExecutorKind with
      org.nnsight4j.server.graph.GraphKind;
}
