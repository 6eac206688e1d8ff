/** The families of models that nnsight4j knows. */
module org.nnsight4j.models {
  requires transitive org.nnsight4j;
  requires static com.google.auto.service;
  requires static java.compiler;
  requires static transitive org.jspecify;

  exports org.nnsight4j.models.bert;
  exports org.nnsight4j.models.bloom;
  exports org.nnsight4j.models.decoder;
  exports org.nnsight4j.models.falcon;
  exports org.nnsight4j.models.gemma;
  exports org.nnsight4j.models.gemma2;
  exports org.nnsight4j.models.gemma3;
  exports org.nnsight4j.models.gpt2;
  exports org.nnsight4j.models.gptj;
  exports org.nnsight4j.models.gptneo;
  exports org.nnsight4j.models.gptneox;
  exports org.nnsight4j.models.gptoss;
  exports org.nnsight4j.models.llama;
  exports org.nnsight4j.models.mistral;
  exports org.nnsight4j.models.mixtral;
  exports org.nnsight4j.models.olmo;
  exports org.nnsight4j.models.olmo2;
  exports org.nnsight4j.models.olmo3;
  exports org.nnsight4j.models.opt;
  exports org.nnsight4j.models.phi;
  exports org.nnsight4j.models.phi3;
  exports org.nnsight4j.models.qwen2;
  exports org.nnsight4j.models.qwen3;
  exports org.nnsight4j.models.qwen3moe;
  exports org.nnsight4j.models.smollm3;

  // Snapshots are resources next to their descriptors; opening a checkpoint reads them.
  opens org.nnsight4j.models.bert to
      org.nnsight4j;
  opens org.nnsight4j.models.bloom to
      org.nnsight4j;
  opens org.nnsight4j.models.falcon to
      org.nnsight4j;
  opens org.nnsight4j.models.gemma to
      org.nnsight4j;
  opens org.nnsight4j.models.gemma2 to
      org.nnsight4j;
  opens org.nnsight4j.models.gemma3 to
      org.nnsight4j;
  opens org.nnsight4j.models.gpt2 to
      org.nnsight4j;
  opens org.nnsight4j.models.gptj to
      org.nnsight4j;
  opens org.nnsight4j.models.gptneo to
      org.nnsight4j;
  opens org.nnsight4j.models.gptneox to
      org.nnsight4j;
  opens org.nnsight4j.models.gptoss to
      org.nnsight4j;
  opens org.nnsight4j.models.llama to
      org.nnsight4j;
  opens org.nnsight4j.models.mistral to
      org.nnsight4j;
  opens org.nnsight4j.models.mixtral to
      org.nnsight4j;
  opens org.nnsight4j.models.olmo to
      org.nnsight4j;
  opens org.nnsight4j.models.olmo2 to
      org.nnsight4j;
  opens org.nnsight4j.models.olmo3 to
      org.nnsight4j;
  opens org.nnsight4j.models.opt to
      org.nnsight4j;
  opens org.nnsight4j.models.phi to
      org.nnsight4j;
  opens org.nnsight4j.models.phi3 to
      org.nnsight4j;
  opens org.nnsight4j.models.qwen2 to
      org.nnsight4j;
  opens org.nnsight4j.models.qwen3 to
      org.nnsight4j;
  opens org.nnsight4j.models.qwen3moe to
      org.nnsight4j;
  opens org.nnsight4j.models.smollm3 to
      org.nnsight4j;

  provides org.nnsight4j.engine.NetworkFactory with
      org.nnsight4j.models.bert.BertFamily,
      org.nnsight4j.models.bloom.BloomFamily,
      org.nnsight4j.models.falcon.FalconFamily,
      org.nnsight4j.models.gemma.GemmaFamily,
      org.nnsight4j.models.gemma2.Gemma2Family,
      org.nnsight4j.models.gemma3.Gemma3Family,
      org.nnsight4j.models.gpt2.Gpt2Family,
      org.nnsight4j.models.gptj.GptJFamily,
      org.nnsight4j.models.gptneo.GptNeoFamily,
      org.nnsight4j.models.gptneox.GptNeoXFamily,
      org.nnsight4j.models.gptoss.GptOssFamily,
      org.nnsight4j.models.llama.LlamaFamily,
      org.nnsight4j.models.mistral.MistralFamily,
      org.nnsight4j.models.mixtral.MixtralFamily,
      org.nnsight4j.models.olmo.OlmoFamily,
      org.nnsight4j.models.olmo2.Olmo2Family,
      org.nnsight4j.models.olmo3.Olmo3Family,
      org.nnsight4j.models.opt.OptFamily,
      org.nnsight4j.models.phi.PhiFamily,
      org.nnsight4j.models.phi3.Phi3Family,
      org.nnsight4j.models.qwen2.Qwen2Family,
      org.nnsight4j.models.qwen3.Qwen3Family,
      org.nnsight4j.models.qwen3moe.Qwen3MoeFamily,
      org.nnsight4j.models.smollm3.SmolLM3Family;
  provides org.nnsight4j.family.Family with
      org.nnsight4j.models.bert.BertFamily,
      org.nnsight4j.models.bloom.BloomFamily,
      org.nnsight4j.models.falcon.FalconFamily,
      org.nnsight4j.models.gemma.GemmaFamily,
      org.nnsight4j.models.gemma2.Gemma2Family,
      org.nnsight4j.models.gemma3.Gemma3Family,
      org.nnsight4j.models.gpt2.Gpt2Family,
      org.nnsight4j.models.gptj.GptJFamily,
      org.nnsight4j.models.gptneo.GptNeoFamily,
      org.nnsight4j.models.gptneox.GptNeoXFamily,
      org.nnsight4j.models.gptoss.GptOssFamily,
      org.nnsight4j.models.llama.LlamaFamily,
      org.nnsight4j.models.mistral.MistralFamily,
      org.nnsight4j.models.mixtral.MixtralFamily,
      org.nnsight4j.models.olmo.OlmoFamily,
      org.nnsight4j.models.olmo2.Olmo2Family,
      org.nnsight4j.models.olmo3.Olmo3Family,
      org.nnsight4j.models.opt.OptFamily,
      org.nnsight4j.models.phi.PhiFamily,
      org.nnsight4j.models.phi3.Phi3Family,
      org.nnsight4j.models.qwen2.Qwen2Family,
      org.nnsight4j.models.qwen3.Qwen3Family,
      org.nnsight4j.models.qwen3moe.Qwen3MoeFamily,
      org.nnsight4j.models.smollm3.SmolLM3Family;
}
