/**
 * Opens language models, reads what they compute and changes it: the API for users of a model and
 * for authors of families. Everything below {@code internal} is closed.
 */
@SuppressWarnings("module") // The modules that the exports name are compiled after this one.
module org.nnsight4j {
  requires transitive ai.djl.api;
  requires ai.djl.pytorch_engine;
  requires ai.djl.tokenizers;
  requires com.fasterxml.jackson.databind;
  requires java.net.http;
  requires org.slf4j;
  requires static transitive com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  // For users of a model.
  exports org.nnsight4j;
  exports org.nnsight4j.arch;
  exports org.nnsight4j.attach;
  exports org.nnsight4j.checkpoint;
  exports org.nnsight4j.error;
  exports org.nnsight4j.generate;
  exports org.nnsight4j.remote;
  exports org.nnsight4j.sweep;
  exports org.nnsight4j.tensor;
  exports org.nnsight4j.tokenizer;
  exports org.nnsight4j.values;

  // For authors of families.
  exports org.nnsight4j.engine;
  exports org.nnsight4j.family;

  // Internal packages that only our own modules can use.
  exports org.nnsight4j.internal.decode to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.digest to
      org.nnsight4j.harvest,
      org.nnsight4j.server;
  exports org.nnsight4j.internal.file to
      org.nnsight4j.harvest,
      org.nnsight4j.models,
      org.nnsight4j.server;
  exports org.nnsight4j.internal.graph to
      org.nnsight4j.harvest,
      org.nnsight4j.server;
  exports org.nnsight4j.internal.host to
      org.nnsight4j.harvest,
      org.nnsight4j.server;
  exports org.nnsight4j.internal.json to
      org.nnsight4j.harvest,
      org.nnsight4j.server;
  exports org.nnsight4j.internal.op to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.pin to
      org.nnsight4j.cli;
  exports org.nnsight4j.internal.plan to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.record to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.request to
      org.nnsight4j.harvest,
      org.nnsight4j.server;
  exports org.nnsight4j.internal.run to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.share to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.spelling to
      org.nnsight4j.cli,
      org.nnsight4j.harvest,
      org.nnsight4j.server,
      org.nnsight4j.toolkit;
  exports org.nnsight4j.internal.sweep to
      org.nnsight4j.server;
  exports org.nnsight4j.internal.toolfile to
      org.nnsight4j.models,
      org.nnsight4j.toolkit;
  exports org.nnsight4j.internal.wire to
      org.nnsight4j.harvest,
      org.nnsight4j.server;

  // Jackson writes and reads records in these packages.
  opens org.nnsight4j.internal.wire to
      com.fasterxml.jackson.databind;

  uses org.nnsight4j.engine.NetworkFactory;
  uses org.nnsight4j.family.Family;
  uses org.nnsight4j.internal.local.RunObserver;
}
