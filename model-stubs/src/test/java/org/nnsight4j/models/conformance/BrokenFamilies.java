package org.nnsight4j.models.conformance;

import ai.djl.ndarray.NDArray;
import com.google.auto.service.AutoService;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Misplaced;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.Family;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.llama.LlamaFamily;

/** Llama with mistakes that the author of a new family could make. */
final class BrokenFamilies {
  static final String CONFIG =
      """
      {"model_type": "MISTAKE", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
       "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
       "intermediate_size": 5, "rope_theta": 50}
      """;

  private BrokenFamilies() {}

  /** Attention whose scores are all 0: what is written to queries has no effect. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class DeadQueries extends DecoderFamily {
    @Override
    public String architecture() {
      return "llama-with-dead-queries";
    }

    @Override
    public DecoderSpec spec(ModelConfig config) {
      DecoderSpec llama = new LlamaFamily().spec(config);
      return new DecoderSpec(
          architecture(),
          llama.type(),
          llama.sizes(),
          llama.layersKey(),
          llama.stack(),
          llama.blocks().stream().map(DeadQueries::dead).toList(),
          llama.head(),
          llama.storage());
    }

    private static Block dead(Block block) {
      Attention own = block.attention();
      Attention dead =
          new Attention(
              own.name(),
              own.type(),
              own.inputs(),
              0,
              own.rotates(),
              own.output(),
              own.dropout(),
              own.mixing(),
              own.norms());
      return new Block(
          block.type(),
          block.tuple(),
          block.attentionNorm(),
          dead,
          block.mlpNorm(),
          block.mlp(),
          block.after());
    }
  }

  /** The module tree of a Llama, and a network with something wrong. */
  public abstract static class WrongNetwork implements Family, NetworkFactory {
    @Override
    public final Blueprint blueprint(ModelConfig config) {
      Blueprint llama = new LlamaFamily().blueprint(config);
      Blueprint.Builder copy =
          Blueprint.of(architecture())
              .vocabularySize(llama.vocabularySize())
              .maxPositions(llama.maxPositions());
      llama.counts().forEach(copy::count);
      llama.widths().forEach(copy::width);
      llama
          .modules()
          .forEach((path, module) -> copy.module(path, module.type(), module.callable()));
      llama.sites().forEach(site -> copy.site(site.key(), site.meta()));
      llama.parameters().forEach(copy::parameter);
      places(Objects.requireNonNull(llama.decoder())).ifPresent(copy::decoder);
      return copy.build();
    }

    @Override
    public final Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
      Network right = new LlamaFamily().create(blueprint, mistaken(config), weights);
      return new Wrong(new Parts(blueprint, weights), right);
    }

    /** What it says of itself as a decoder; nothing, if the mistake is another. */
    Optional<DecoderPlaces> places(DecoderPlaces right) {
      return Optional.empty();
    }

    /** What the network reads of the configuration. */
    ModelConfig mistaken(ModelConfig config) {
      return config;
    }

    /** What happens before a pass. */
    void begin(Pass pass) {}

    /** What becomes of the logits. */
    NDArray end(Pass pass, NDArray logits) {
      return logits;
    }

    private final class Wrong extends Network {
      private final Network right;

      Wrong(Parts parts, Network right) {
        super(parts);
        this.right = right;
      }

      @Override
      public int layers() {
        return right.layers();
      }

      @Override
      public @Nullable NDArray forward(Pass pass, NDArray ids) {
        begin(pass);
        NDArray logits = right.forward(pass, ids);
        return logits == null ? null : end(pass, logits);
      }
    }
  }

  /** Leaves out the last block. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class FewerBlocks extends WrongNetwork {
    @Override
    public String architecture() {
      return "llama-with-fewer-blocks";
    }

    @Override
    ModelConfig mistaken(ModelConfig config) {
      return ModelConfig.parse(
          Path.of("config.json"),
          CONFIG.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"));
    }
  }

  /** Counts positions from the first column of a padded row. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class PaddedPositions extends WrongNetwork {
    @Override
    public String architecture() {
      return "llama-that-counts-padding";
    }

    @Override
    void begin(Pass pass) {
      if (pass.cache() == null) {
        Misplaced.countColumns(pass);
      }
    }
  }

  /** Begins each step with a cache at position 0. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class CachedPositions extends WrongNetwork {
    @Override
    public String architecture() {
      return "llama-that-forgets-the-past";
    }

    @Override
    void begin(Pass pass) {
      if (pass.cache() != null) {
        Misplaced.countColumns(pass);
      }
    }
  }

  /** Says that attention is what the MLP adds. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class AttentionTwice extends WrongNetwork {
    @Override
    public String architecture() {
      return "llama-that-names-attention-twice";
    }

    @Override
    Optional<DecoderPlaces> places(DecoderPlaces right) {
      return Optional.of(
          with(right, layer -> contributions(layer, layer.attentionOut(), layer.attentionOut())));
    }
  }

  /** Says that queries are what attention adds. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class QueriesForAttention extends WrongNetwork {
    @Override
    public String architecture() {
      return "llama-that-names-queries";
    }

    @Override
    Optional<DecoderPlaces> places(DecoderPlaces right) {
      return Optional.of(
          with(
              right,
              layer ->
                  contributions(
                      layer,
                      SiteKey.output(layer.attention().module() + ".q_proj"),
                      layer.mlpOut())));
    }
  }

  private static DecoderPlaces with(
      DecoderPlaces right, UnaryOperator<DecoderPlaces.Layer> mistake) {
    return new DecoderPlaces(
        right.tokens(),
        right.positions(),
        right.embeddings(),
        right.layers().stream().map(mistake).toList(),
        right.last(),
        right.unembedding(),
        right.logitCap());
  }

  private static DecoderPlaces.Layer contributions(
      DecoderPlaces.Layer layer, SiteKey attention, SiteKey mlp) {
    return new DecoderPlaces.Layer(
        layer.module(),
        layer.sums(),
        layer.attention(),
        attention,
        mlp,
        layer.middle(),
        layer.mlp());
  }

  /** Gives logits from which no gradient flows back. */
  @AutoService({Family.class, NetworkFactory.class})
  public static final class CutLogits extends WrongNetwork {
    @Override
    public String architecture() {
      return "llama-without-gradients";
    }

    @Override
    NDArray end(Pass pass, NDArray logits) {
      return pass.ops().call(pass.arena(), "detach", logits);
    }
  }
}
