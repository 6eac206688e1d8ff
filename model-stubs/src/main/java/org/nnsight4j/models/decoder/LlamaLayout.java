package org.nnsight4j.models.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.engine.Router.Choice;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.GatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Mlp;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Separate;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;

/**
 * Llama's names of modules, which many families adopted; their classes begin with the name of the
 * family.
 *
 * @param architecture the family's name, for example {@code qwen3}
 * @param prefix the prefix of its classes, for example {@code Qwen3}
 * @param kind the kind of all its normalisations
 */
public record LlamaLayout(
    String architecture, String prefix, Sizes sizes, Norm.Kind kind, double epsilon) {
  /** Buffers of older checkpoints: the frequencies, which follow from config.json. */
  private static final String FREQUENCIES =
      "model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq";

  /** Names with or without {@code model.}. */
  public static final Storage STORAGE = storage(StoredNames.optionalPrefix("model."), List.of());

  /** Additional names, and additional entries that are not read. */
  public static Storage storage(StoredNames names, List<String> ignored) {
    List<String> all = new ArrayList<>(ignored);
    all.add(FREQUENCIES);
    return new Storage(names, all);
  }

  private String type(String end) {
    return prefix + end;
  }

  private Norm norm(String name) {
    String end = kind == Norm.Kind.LAYER_PLAIN ? "LayerNorm" : "RMSNorm";
    return new Norm(name, type(end), kind, epsilon);
  }

  /** Normalised queries and keys. */
  public HeadNorms headNorms(HeadNorms.Over over) {
    return new HeadNorms(norm("q_norm"), norm("k_norm"), over);
  }

  /** Attention whose scores are scaled by the width of a head. */
  public Attention attention(
      boolean bias, boolean outputBias, boolean rotates, Mixing mixing, @Nullable HeadNorms norms) {
    return attention(bias, outputBias, Math.pow(sizes.headDim(), -0.5), rotates, mixing, norms);
  }

  /**
   * Attention.
   *
   * @param bias whether queries, keys and values have biases
   * @param outputBias whether the output has one
   */
  public Attention attention(
      boolean bias,
      boolean outputBias,
      double scale,
      boolean rotates,
      Mixing mixing,
      @Nullable HeadNorms norms) {
    return new Attention(
        "self_attn",
        type("Attention"),
        new Separate(
            Projection.linear("q_proj", bias),
            Projection.linear("k_proj", bias),
            Projection.linear("v_proj", bias)),
        scale,
        rotates,
        Projection.linear("o_proj", outputBias),
        null,
        mixing,
        norms);
  }

  /** A gated MLP. */
  public GatedMlp mlp(String function, boolean bias) {
    return new GatedMlp(
        "mlp",
        type("MLP"),
        Projection.linear("gate_proj", bias),
        Projection.linear("up_proj", bias),
        "act_fn",
        function,
        Projection.linear("down_proj", bias));
  }

  /**
   * Experts with three matrices each.
   *
   * @param storage the names of the matrices
   */
  public ExpertsMlp experts(
      int experts, int chosen, Choice choice, int width, ExpertsMlp.Storage storage) {
    return new ExpertsMlp(
        "mlp",
        type("SparseMoeBlock"),
        new ExpertsMlp.Router("gate", type("TopKRouter"), experts, chosen, choice, false),
        new ExpertsMlp.Experts("experts", type("Experts"), width, storage));
  }

  /** A block that normalises the inputs of its halves. */
  public Block block(Attention attention, Mlp mlp) {
    return new Block(
        type("DecoderLayer"),
        false,
        norm("input_layernorm"),
        attention,
        norm("post_attention_layernorm"),
        mlp);
  }

  /** A block that normalises the inputs and outputs of its halves. */
  public Block normedAround(Attention attention, Mlp mlp) {
    return new Block(
        type("DecoderLayer"),
        false,
        norm("input_layernorm"),
        attention,
        norm("pre_feedforward_layernorm"),
        mlp,
        new PostNorms(norm("post_attention_layernorm"), norm("post_feedforward_layernorm")));
  }

  /** A block that normalises the outputs of its halves. */
  public Block normedAfter(Attention attention, Mlp mlp) {
    return new Block(
        type("DecoderLayer"),
        false,
        null,
        attention,
        null,
        mlp,
        new PostNorms(norm("post_attention_layernorm"), norm("post_feedforward_layernorm")));
  }

  /** The rotary tables of all blocks. */
  public RotaryTables tables(Rope rope) {
    return tables("rotary_emb", rope);
  }

  /** The rotary tables of some blocks. */
  public RotaryTables tables(String name, Rope rope) {
    return new RotaryTables(name, type("RotaryEmbedding"), rope);
  }

  /** The rotary tables of each type of layer, those with full attention first. */
  public List<RotaryTables> tables(LayerTypes types, Rope full, Rope sliding) {
    return Stream.of(LayerTypes.FULL, LayerTypes.SLIDING)
        .filter(types.each()::contains)
        .map(type -> tables(named(type), type.equals(LayerTypes.FULL) ? full : sliding))
        .toList();
  }

  /** The name of a layer's rotary tables, if each type has its own. */
  public static String tablesOf(LayerTypes types, int layer) {
    return named(types.each().get(layer));
  }

  private static String named(String type) {
    return "rotary_emb." + type;
  }

  /** Embeddings times the square root of their width, as in Gemma's classes. */
  public ScaledTokens scaledByWidth() {
    return new ScaledTokens(type("TextScaledWordEmbedding"), Math.sqrt(sizes.hidden()));
  }

  /** The whole model. */
  public DecoderSpec spec(
      List<RotaryTables> tables,
      @Nullable ScaledTokens scaled,
      List<Block> blocks,
      Head head,
      Storage storage) {
    return spec(type("Model"), tables, scaled, blocks, head, storage);
  }

  /**
   * The whole model.
   *
   * @param stackType the class of the stack of blocks
   */
  public DecoderSpec spec(
      String stackType,
      List<RotaryTables> tables,
      @Nullable ScaledTokens scaled,
      List<Block> blocks,
      Head head,
      Storage storage) {
    return new DecoderSpec(
        architecture,
        type("ForCausalLM"),
        sizes,
        "num_hidden_layers",
        new Stack(
            "model", stackType, "layers", "embed_tokens", null, null, tables, norm("norm"), scaled),
        blocks,
        head,
        storage);
  }
}
