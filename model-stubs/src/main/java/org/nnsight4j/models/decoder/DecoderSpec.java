package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.Rope;

/**
 * All that one configuration of a family decides: the modules with Hugging Face's names and classes
 * in the order of the forward pass, and the switches. The module tree and the network both follow
 * from it.
 *
 * @param architecture the name of the family
 * @param type Hugging Face's class of the whole model
 * @param layersKey the key of config.json that counts the blocks
 * @param stack what lies between ids and the last residual stream
 * @param blocks the blocks in their order; they may differ
 * @param head what makes logits
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
   * @param positions the embedding of positions; null if tokens do not know where they stand
   * @param dropout after both; null if there is none
   * @param rotary what makes the tables of rotary positions, in the order of their names; empty if
   *     there are none
   * @param norm the last normalisation; null if there is none
   * @param scaled how token embeddings are multiplied; null if they are not
   * @param edges what else there is at both ends
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

    /** With nothing else at both ends. */
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

    /** With the same tables for all blocks, or none, and embeddings as they are. */
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
   * The module that makes the tables by which heads are turned.
   *
   * @param name empty if attention makes them itself, so that nobody sees them
   * @param rereads whether rows that grow beyond the original length of {@code longrope} are read
   *     anew from their tokens, as the family's {@code generate} does
   */
  public record RotaryTables(String name, String type, Rope rope, boolean rereads) {
    /** Whose rows are read once. */
    public RotaryTables(String name, String type, Rope rope) {
      this(name, type, rope, false);
    }

    /** Tables that attention makes itself. */
    public static RotaryTables hidden(Rope rope) {
      return new RotaryTables("", "", rope);
    }
  }

  /**
   * One block: each half reads a normalised residual stream and adds to it.
   *
   * @param tuple whether it returns a tuple
   * @param attentionNorm null if attention sees the residual stream as it is
   * @param mlpNorm what the MLP reads; null if it reads the stream as it is, or, where both halves
   *     add at once, what attention reads
   * @param sums how both halves add to the residual stream
   * @param after what happens to what halves give
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
    /** What halves give is added as it is. */
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

    /** One half after the other. */
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

    /** The usual way: one half after the other. */
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
   * @param attentionDropout after attention; null if there is none
   * @param mlpDropout after the MLP; null if there is none
   */
  public record Sums(Way way, @Nullable String attentionDropout, @Nullable String mlpDropout) {
    /** One half after the other, without dropouts of the block's own. */
    public static final Sums USUAL = new Sums(Way.IN_TURN, null, null);

    /** What each half reads and where it adds. */
    public enum Way {
      /** Attention adds first, then the MLP. */
      IN_TURN,
      /** Both read the block's input, and both are added to it. */
      AT_ONCE,
      /** The same, but both normalisations run before attention. */
      AT_ONCE_NORMS_FIRST,
      /** One half after the other; the stream is normalised after each sum, not before. */
      NORMED,
      /** One half after the other; each adds inside its module. */
      INSIDE,
      /** The same, but what halves add to is the normalised stream that they read. */
      INSIDE_TO_NORMED
    }
  }

  /** A normalisation over the residual stream. */
  public record Norm(String name, String type, Kind kind, double epsilon) {
    /** How it is computed. */
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
   * @param inputs what makes queries, keys and values
   * @param scale what the products of queries and keys are multiplied with
   * @param rotates whether the stack's tables turn queries and keys
   * @param dropout after the output; null if there is none
   * @param mixing windows, caps and sinks
   * @param norms of queries and keys; null for none
   * @param around what lies around it
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
   * One projection with a group for each head of keys: the queries that share it, the key, the
   * value. Where no key is shared, that is query, key and value of each head in turn.
   *
   * @param shared whether keys can have fewer heads than queries
   */
  public record Grouped(Projection all, boolean shared) implements Inputs {}

  /**
   * One projection: all queries, all keys, all values, beside each other. Keys can have fewer heads
   * than queries.
   */
  public record Beside(Projection all) implements Inputs {}

  /** A projection for each, with as many heads of keys as of queries. */
  public record Each(Projection query, Projection key, Projection value) implements Inputs {}

  /** A projection for each. */
  public record Separate(Projection query, Projection key, Projection value) implements Inputs {}

  /** What makes neurons of the residual stream, and reads them. */
  public sealed interface Mlp permits PlainMlp, GatedMlp, FusedGatedMlp, InlineMlp, ExpertsMlp {
    /** The module's name in its block. */
    String name();
  }

  /**
   * Up, a function of each neuron, and down.
   *
   * @param function the activation's name in Hugging Face's ACT2FN
   * @param dropout after it; null if there is none
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
   * Each neuron is multiplied with a function of its gate.
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
   * The same with one projection: all gates, then what they let through.
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
   * Up, a function of each neuron, and down, as modules of the block itself.
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
   * @param cap no logit of the model is larger, {@code cap * tanh(logit / cap)}; null for none.
   *     What the unembedding itself gives has no cap
   * @param bias whether it has one
   */
  public record Head(String name, boolean tied, @Nullable Double cap, boolean bias) {
    /** Without a bias. */
    public Head(String name, boolean tied, @Nullable Double cap) {
      this(name, tied, cap, false);
    }

    /** Logits as the unembedding gives them. */
    public Head(String name, boolean tied) {
      this(name, tied, null);
    }
  }

  /**
   * How checkpoints may differ in what they store.
   *
   * @param names other names of parameters
   * @param ignored patterns of names that are no parameters, such as buffers of older versions
   */
  public record Storage(StoredNames names, List<String> ignored) {
    public Storage {
      ignored = List.copyOf(ignored);
    }
  }
}
