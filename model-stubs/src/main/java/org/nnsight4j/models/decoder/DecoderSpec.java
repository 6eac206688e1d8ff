package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.Rope;

/**
 * Everything that one configuration of a family decides: the modules with Hugging Face's names and
 * classes in the order of the forward pass, and the switches. The module tree and the network are
 * both derived from it.
 *
 * @param architecture the name of the family
 * @param type Hugging Face's class of the whole model
 * @param layersKey the key of config.json that counts the blocks
 * @param stack everything between ids and the last residual stream
 * @param blocks the blocks in their order; they may differ
 * @param head the unembedding
 */
public record DecoderSpec(
    String architecture,
    String type,
    Sizes sizes,
    String layersKey,
    Stack stack,
    List<Block> blocks,
    Head head,
    Storage storage) {
  public DecoderSpec {
    blocks = List.copyOf(blocks);
  }

  /**
   * The module with the blocks inside.
   *
   * @param name for example {@code model}
   * @param layers the list of blocks in it, for example {@code layers}
   * @param tokens the token embedding
   * @param positions the embedding of positions; null if there is none
   * @param dropout the dropout after both; null if there is none
   * @param rotary the modules that make the tables of rotary positions, in the order of their
   *     names; empty if there are none
   * @param norm the last normalisation; null if there is none
   * @param scaled how token embeddings are scaled; null if they are not
   * @param edges additional parts at the two ends
   */
  public record Stack(
      String name,
      String type,
      String layers,
      String tokens,
      @Nullable String positions,
      @Nullable String dropout,
      List<RotaryTables> rotary,
      @Nullable Norm norm,
      @Nullable ScaledTokens scaled,
      Edges edges) {
    public Stack {
      rotary = List.copyOf(rotary);
    }

    /** Without additional parts at the ends. */
    public Stack(
        String name,
        String type,
        String layers,
        String tokens,
        @Nullable String positions,
        @Nullable String dropout,
        List<RotaryTables> rotary,
        Norm norm,
        @Nullable ScaledTokens scaled) {
      this(name, type, layers, tokens, positions, dropout, rotary, norm, scaled, Edges.NONE);
    }

    /** With the same tables for all blocks, or none, and unscaled embeddings. */
    public Stack(
        String name,
        String type,
        String layers,
        String tokens,
        @Nullable String positions,
        @Nullable String dropout,
        @Nullable RotaryTables rotary,
        Norm norm) {
      this(
          name,
          type,
          layers,
          tokens,
          positions,
          dropout,
          rotary == null ? List.of() : List.of(rotary),
          norm,
          null);
    }
  }

  /**
   * The module that makes the tables of rotary positions.
   *
   * @param name empty if attention makes the tables itself, so that they have no site
   * @param rereads whether rows that grow beyond the original length of {@code longrope} are
   *     computed again from their tokens, as the family's {@code generate} does
   */
  public record RotaryTables(String name, String type, Rope rope, boolean rereads) {
    /** Tables for rows that are never computed again. */
    public RotaryTables(String name, String type, Rope rope) {
      this(name, type, rope, false);
    }

    /** Tables that attention makes itself, without a site. */
    public static RotaryTables hidden(Rope rope) {
      return new RotaryTables("", "", rope);
    }
  }

  /**
   * One block: each half reads a normalised residual stream and adds to it.
   *
   * @param tuple whether it returns a tuple
   * @param attentionNorm the normalisation before attention; null if there is none
   * @param mlpNorm the normalisation before the MLP; null if it reads the stream itself or, where
   *     both halves add at once, what attention reads
   * @param sums how the two halves add to the residual stream
   * @param after the normalisations of the halves' outputs
   */
  public record Block(
      String type,
      boolean tuple,
      @Nullable Norm attentionNorm,
      Attention attention,
      @Nullable Norm mlpNorm,
      Mlp mlp,
      Sums sums,
      PostNorms after) {
    /** The outputs of the halves are added without normalisation. */
    public Block(
        String type,
        boolean tuple,
        @Nullable Norm attentionNorm,
        Attention attention,
        @Nullable Norm mlpNorm,
        Mlp mlp,
        Sums sums) {
      this(type, tuple, attentionNorm, attention, mlpNorm, mlp, sums, PostNorms.NONE);
    }

    /** Attention first, then the MLP. */
    public Block(
        String type,
        boolean tuple,
        @Nullable Norm attentionNorm,
        Attention attention,
        @Nullable Norm mlpNorm,
        Mlp mlp,
        PostNorms after) {
      this(type, tuple, attentionNorm, attention, mlpNorm, mlp, Sums.USUAL, after);
    }

    /** The usual kind: attention first, then the MLP. */
    public Block(
        String type,
        boolean tuple,
        Norm attentionNorm,
        Attention attention,
        Norm mlpNorm,
        Mlp mlp) {
      this(type, tuple, attentionNorm, attention, mlpNorm, mlp, Sums.USUAL);
    }
  }

  /**
   * How the halves of a block add to the residual stream.
   *
   * @param attentionDropout the dropout after attention; null if there is none
   * @param mlpDropout the dropout after the MLP; null if there is none
   */
  public record Sums(Way way, @Nullable String attentionDropout, @Nullable String mlpDropout) {
    /** Attention first, then the MLP, without dropouts of the block's own. */
    public static final Sums USUAL = new Sums(Way.IN_TURN, null, null);

    /** What each half reads and where it adds. */
    public enum Way {
      /** Attention adds first, then the MLP. */
      IN_TURN,
      /** Both read the block's input, and both are added to it. */
      AT_ONCE,
      /** The same, but both normalisations run before attention. */
      AT_ONCE_NORMS_FIRST,
      /** Attention first, then the MLP; the stream is normalised after each sum, not before. */
      NORMED,
      /** Attention first, then the MLP; each adds inside its module. */
      INSIDE,
      /** The same, but the halves add to the normalised stream that they read. */
      INSIDE_TO_NORMED
    }
  }

  /** A normalisation over the residual stream. */
  public record Norm(String name, String type, Kind kind, double epsilon) {
    /** How the normalisation is computed. */
    public enum Kind {
      /** Mean and variance, with weight and bias. */
      LAYER,
      /** The root of the mean square, with a weight. */
      RMS,
      /** The root of the mean square, times 1 + weight. */
      RMS_PLUS_ONE,
      /** Mean and variance, without parameters. */
      LAYER_PLAIN
    }
  }

  /**
   * A linear layer.
   *
   * @param bias whether it has one; a {@code Conv1D} always has
   */
  public record Projection(String name, Layout layout, boolean bias) {
    /** How the checkpoint stores the matrix. */
    public enum Layout {
      /** {@code [out, in]}. */
      LINEAR("Linear"),
      /** {@code [in, out]}. */
      CONV1D("Conv1D"),
      /** {@code [out, in]}, of Falcon's class. */
      FALCON("FalconLinear");

      private final String type;

      Layout(String type) {
        this.type = type;
      }

      /** Hugging Face's class. */
      String type() {
        return type;
      }
    }

    /** {@code torch.nn.Linear}. */
    public static Projection linear(String name, boolean bias) {
      return new Projection(name, Layout.LINEAR, bias);
    }

    /** GPT-2's {@code Conv1D}. */
    public static Projection conv1d(String name) {
      return new Projection(name, Layout.CONV1D, true);
    }
  }

  /**
   * Causal attention; it returns a tuple.
   *
   * @param inputs the projections to queries, keys and values
   * @param scale the factor for the products of queries and keys
   * @param rotates whether queries and keys have rotary positions
   * @param dropout the dropout after the output; null if there is none
   * @param mixing windows, caps and sinks
   * @param norms the normalisations of queries and keys; null for none
   * @param around what surrounds it
   */
  public record Attention(
      String name,
      String type,
      Inputs inputs,
      double scale,
      boolean rotates,
      Projection output,
      @Nullable String dropout,
      Mixing mixing,
      @Nullable HeadNorms norms,
      Around around) {
    /** The same with something around it. */
    public Attention within(Around other) {
      return new Attention(
          name, type, inputs, scale, rotates, output, dropout, mixing, norms, other);
    }

    /** Attention with nothing around it. */
    public Attention(
        String name,
        String type,
        Inputs inputs,
        double scale,
        boolean rotates,
        Projection output,
        @Nullable String dropout,
        Mixing mixing,
        @Nullable HeadNorms norms) {
      this(name, type, inputs, scale, rotates, output, dropout, mixing, norms, Around.NOTHING);
    }

    /** Attention to all earlier positions, without normalised queries and keys. */
    public Attention(
        String name,
        String type,
        Inputs inputs,
        double scale,
        boolean rotates,
        Projection output,
        @Nullable String dropout) {
      this(name, type, inputs, scale, rotates, output, dropout, Mixing.PLAIN, null);
    }
  }

  /** How queries, keys and values are made. */
  public sealed interface Inputs {}

  /** One projection: all queries, then all keys, then all values. */
  public record Fused(Projection all) implements Inputs {}

  /**
   * One projection with a group for each key head: the queries that share it, the key, the value.
   * If no key is shared, these are query, key and value of each head in turn.
   *
   * @param shared whether keys can have fewer heads than queries
   */
  public record Grouped(Projection all, boolean shared) implements Inputs {}

  /**
   * One projection: all queries, all keys and all values, concatenated. Keys can have fewer heads
   * than queries.
   */
  public record Beside(Projection all) implements Inputs {}

  /** One projection for each, with as many key heads as query heads. */
  public record Each(Projection query, Projection key, Projection value) implements Inputs {}

  /** One projection for each. */
  public record Separate(Projection query, Projection key, Projection value) implements Inputs {}

  /** The projection to the neurons, their activation, and the projection back. */
  public sealed interface Mlp permits PlainMlp, GatedMlp, FusedGatedMlp, InlineMlp, ExpertsMlp {
    /** The module's name in its block. */
    String name();
  }

  /**
   * Up projection, activation function, and down projection.
   *
   * @param function the activation's name in Hugging Face's ACT2FN
   * @param dropout the dropout after it; null if there is none
   */
  public record PlainMlp(
      String name,
      String type,
      Projection up,
      String activation,
      String function,
      Projection down,
      @Nullable String dropout)
      implements Mlp {}

  /**
   * Each neuron is multiplied by the activation of its gate.
   *
   * @param function the activation's name in Hugging Face's ACT2FN
   */
  public record GatedMlp(
      String name,
      String type,
      Projection gate,
      Projection up,
      String activation,
      String function,
      Projection down)
      implements Mlp {}

  /**
   * The same with one projection: all gates, then the up projection.
   *
   * @param function the activation's name in Hugging Face's ACT2FN
   */
  public record FusedGatedMlp(
      String name,
      String type,
      Projection gateAndUp,
      String activation,
      String function,
      Projection down)
      implements Mlp {}

  /**
   * Up projection, activation function, and down projection, as modules of the block itself.
   *
   * @param function the activation's name in Hugging Face's ACT2FN
   */
  public record InlineMlp(Projection up, String activation, String function, Projection down)
      implements Mlp {
    @Override
    public String name() {
      return "";
    }
  }

  /**
   * The unembedding.
   *
   * @param tied whether its matrix is the token embedding's, unless the checkpoint has two
   * @param cap the bound in {@code cap * tanh(logit / cap)}; null for none. The output of the
   *     unembedding itself is not capped
   * @param bias whether it has one
   */
  public record Head(String name, boolean tied, @Nullable Double cap, boolean bias) {
    /** Without a bias. */
    public Head(String name, boolean tied, @Nullable Double cap) {
      this(name, tied, cap, false);
    }

    /** Logits as the unembedding outputs them. */
    public Head(String name, boolean tied) {
      this(name, tied, null);
    }
  }

  /**
   * How checkpoints may differ in what they store.
   *
   * @param names other names of parameters
   * @param ignored patterns of names that are not parameters, such as buffers of older versions
   */
  public record Storage(StoredNames names, List<String> ignored) {
    public Storage {
      ignored = List.copyOf(ignored);
    }
  }
}
