package org.nnsight4j.spring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.DType;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code nnsight4j}.
 *
 * @param enabled whether there are beans at all
 * @param model a directory, a model of Hugging Face's hub as org/name or hub:org/name, or
 *     embedded:gpt2 or embedded:llama
 * @param revision the revision of a model of the hub; main if none is given
 * @param device where to compute, as PyTorch names it
 * @param dtype the type to compute in: float32, bfloat16 or float64
 * @param cpuThreads how many threads compute; libtorch decides if nothing is given
 * @param load whether weights are loaded when the application starts, or at the first run
 * @param edits files of edits, as Edit.export writes them
 * @param adapters folders of PEFT adapters
 * @param steering control vectors that are added at each step
 * @param probes what is read of each new token, by name
 * @param server where the runs happen, if not here
 * @param chat how chat models answer
 * @param embedding what the vectors of the embedding model are
 * @param health how the model's health is found out
 */
@ConfigurationProperties("nnsight4j")
public record NnsightProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable String model,
    @Nullable String revision,
    @DefaultValue("cpu") String device,
    @DefaultValue("float32") DType dtype,
    @Nullable Integer cpuThreads,
    @DefaultValue("at-start") Load load,
    @DefaultValue List<Path> edits,
    @DefaultValue List<Path> adapters,
    @DefaultValue List<Steering> steering,
    @DefaultValue Map<String, Probe> probes,
    @DefaultValue Server server,
    @DefaultValue Chat chat,
    @DefaultValue Embedding embedding,
    @DefaultValue Health health) {
  /** When weights are loaded. */
  public enum Load {
    /** When the application starts, by a pass over one token. */
    AT_START,
    /** At the first run. */
    AT_FIRST_RUN
  }

  public NnsightProperties {
    if (cpuThreads != null && cpuThreads < 1) {
      throw new PropertyException(
          "cpu-threads", "expected a thread or more, found " + cpuThreads, "Give 1 or more.");
    }
  }

  /**
   * A control vector of repeng or llama.cpp.
   *
   * @param file a GGUF file
   * @param strength by what it is multiplied; negative numbers steer the other way
   */
  public record Steering(@Nullable Path file, @DefaultValue("1") double strength) {
    public Steering {
      if (file == null) {
        throw new PropertyException(
            "steering[].file",
            "a control vector has no file",
            "Give each entry of nnsight4j.steering a file, as in nnsight4j.steering[0].file=calm.gguf.");
      }
    }
  }

  /**
   * A linear probe.
   *
   * @param layer whose output it reads, from 0 or from -1 backwards
   * @param site the place that it reads, instead of a layer's output
   * @param file safetensors with weight and, if there is one, bias
   * @param stopAbove a score above this ends the answer
   */
  public record Probe(
      @Nullable Integer layer,
      @Nullable String site,
      @Nullable Path file,
      @Nullable Double stopAbove) {
    public Probe {
      if (file == null || (layer == null) == (site == null)) {
        throw new PropertyException(
            "probes.*",
            "expected a file, and either a layer or a site of a probe, found file=%s, layer=%s, site=%s"
                .formatted(file, layer, site),
            "Give each probe both, as in nnsight4j.probes.truth.file=truth.safetensors and nnsight4j.probes.truth.layer=12.");
      }
    }
  }

  /**
   * A server of nnsight4j.
   *
   * @param url its address, such as https://models.example.org
   * @param apiKey a key of the server
   * @param model the name under which the server has the model
   */
  public record Server(@Nullable String url, @Nullable String apiKey, @Nullable String model) {
    public Server {
      if (url != null && (apiKey == null || model == null)) {
        throw new PropertyException(
            apiKey == null ? "server.api-key" : "server.model",
            "expected a key and a name beside nnsight4j.server.url, found none",
            "Set nnsight4j.server.api-key to a key of the server's operator, and nnsight4j.server.model to the name under which the server has the model.");
      }
    }

    /** Without the key. */
    @Override
    public String toString() {
      return "Server[url=%s, model=%s]".formatted(url, model);
    }
  }

  /**
   * The parameters of a request that does not say otherwise.
   *
   * @param modelName the name of the model in answers; its architecture if none is given
   * @param temperature 0 takes the most likely token; the checkpoint decides if nothing is given
   * @param topP draws from the most likely tokens that together have this probability
   * @param topK draws from so many of the most likely tokens
   * @param maxOutputTokens the most new tokens; as many as there are positions for, up to 4096, if
   *     nothing is given
   * @param stopSequences texts that end an answer
   * @param seed draws the same tokens each time
   */
  public record Chat(
      @Nullable String modelName,
      @Nullable Double temperature,
      @Nullable Double topP,
      @Nullable Integer topK,
      @Nullable Integer maxOutputTokens,
      @DefaultValue List<String> stopSequences,
      @Nullable Long seed) {}

  /** How the vectors of a text's tokens become one. */
  public enum TokenPooling {
    /** Their mean. */
    MEAN,
    /** The last token's. */
    LAST,
    /** The first token's. */
    FIRST,
    /** The largest number of each dimension. */
    MAX
  }

  /**
   * What a vector is.
   *
   * @param layer whose output is read, from 0 or from -1 backwards
   * @param pooling how the vectors of a text's tokens become one: mean, last, first or max
   * @param normalized whether vectors are scaled to length 1
   * @param batch how many texts share a pass at most
   */
  public record Embedding(
      @DefaultValue("-1") int layer,
      @DefaultValue("mean") TokenPooling pooling,
      @DefaultValue("true") boolean normalized,
      @DefaultValue("32") int batch) {}

  /**
   * How health is found out.
   *
   * @param interval for how long one answer counts
   */
  public record Health(@DefaultValue("30s") Duration interval) {}
}
