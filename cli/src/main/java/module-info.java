/** The command. No other module compiles against it. */
module org.nnsight4j.cli {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.yaml;
  requires com.palantir.javapoet;
  requires info.picocli;
  requires java.compiler; // tells which names are keywords
  requires java.net.http;
  requires org.nnsight4j.models;
  requires org.nnsight4j.server;
  requires org.nnsight4j.toolkit;
  requires static org.jspecify;

  // Options and commands, which picocli creates and fills.
  opens org.nnsight4j.cli to
      info.picocli;
}
