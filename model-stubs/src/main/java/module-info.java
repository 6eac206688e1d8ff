/** The families of models that nnsight4j knows. */
module org.nnsight4j.models {
  requires transitive org.nnsight4j;
  requires static com.google.auto.service;
  requires static java.compiler;
  requires static transitive org.jspecify;

  exports org.nnsight4j.models.decoder;
  exports org.nnsight4j.models.gpt2;
  exports org.nnsight4j.models.gptneox;
  exports org.nnsight4j.models.llama;

  // Snapshots are resources beside their descriptors, which opening a checkpoint reads.
  opens org.nnsight4j.models.gpt2 to
      org.nnsight4j;
  opens org.nnsight4j.models.gptneox to
      org.nnsight4j;
  opens org.nnsight4j.models.llama to
      org.nnsight4j;

  provides org.nnsight4j.engine.NetworkFactory with
      org.nnsight4j.models.gpt2.Gpt2Family,
      org.nnsight4j.models.gptneox.GptNeoXFamily,
      org.nnsight4j.models.llama.LlamaFamily;
  provides org.nnsight4j.family.Family with
      org.nnsight4j.models.gpt2.Gpt2Family,
      org.nnsight4j.models.gptneox.GptNeoXFamily,
      org.nnsight4j.models.llama.LlamaFamily;
}
