package org.nnsight4j.models.opt;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Each;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.InlineMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;
import org.nnsight4j.models.decoder.Edges;

/** OPT: learned positions from the third row on, and in one size normalisations after the sums. */
@AutoService({Family.class, NetworkFactory.class})
public final class OptFamily extends DecoderFamily {
  /** No key of config.json changes it. */
  private static final double EPSILON = 1e-5;

  @Override
  public String architecture() {
    return "opt";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    OptConfig config = OptConfig.of(json);
    Edges edges =
        new Edges(
            new Edges.Places("OPTLearnedPositionalEmbedding", 2),
            new Edges.Narrow(
                config.embedding(),
                config.isNarrow() ? "project_in" : null,
                config.isNarrow() ? "project_out" : null),
            null);
    return new DecoderSpec(
        architecture(),
        "OPTForCausalLM",
        config.sizes(),
        "num_hidden_layers",
        new Stack(
            "model.decoder",
            "OPTDecoder",
            "layers",
            "embed_tokens",
            "embed_positions",
            null,
            List.of(),
            config.lastNorm() ? norm("final_layer_norm", config) : null,
            null,
            edges),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied()),
        // In older files, names begin with the decoder.
        new Storage(
            new StoredNames(Map.of("model.decoder.", List.of("decoder.", "")), Map.of()),
            List.of()));
  }

  private static Block block(OptConfig config) {
    boolean bias = config.bias();
    return new Block(
        "OPTDecoderLayer",
        false,
        norm("self_attn_layer_norm", config),
        new Attention(
            "self_attn",
            "OPTAttention",
            new Each(
                Projection.linear("q_proj", bias),
                Projection.linear("k_proj", bias),
                Projection.linear("v_proj", bias)),
            Math.pow(config.sizes().headDim(), -0.5),
            false,
            Projection.linear("out_proj", bias),
            null),
        norm("final_layer_norm", config),
        new InlineMlp(
            Projection.linear("fc1", bias),
            "activation_fn",
            config.activation(),
            Projection.linear("fc2", bias)),
        new Sums(config.before() ? Sums.Way.IN_TURN : Sums.Way.NORMED, null, null));
  }

  private static Norm norm(String name, OptConfig config) {
    return new Norm(
        name, "LayerNorm", config.affine() ? Norm.Kind.LAYER : Norm.Kind.LAYER_PLAIN, EPSILON);
  }
}
