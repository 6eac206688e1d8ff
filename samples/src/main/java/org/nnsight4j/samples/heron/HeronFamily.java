package org.nnsight4j.samples.heron;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Beside;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.GatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.Sizes;

// snippet: family
/** Heron as a setting of the decoder: its modules, with their names and switches. */
@AutoService({Family.class, NetworkFactory.class})
public final class HeronFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "heron";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    ConfigKeys config = new ConfigKeys(json);
    int width = json.integer("width");
    int heads = json.integer("heads");
    int headDim = width / heads;
    Sizes sizes =
        new Sizes(
            json.integer("vocab_size"),
            Sizes.NO_LIMIT, // positions rotate, without a matrix of embeddings
            width,
            json.integer("neurons"),
            heads,
            config.positive("kv_heads", heads),
            headDim);
    Rope rope = new Rope(headDim, json.decimal("theta"), new Rope.Plain());
    return new DecoderSpec(
        architecture(),
        "Heron",
        sizes,
        "depth",
        new Stack(
            "trunk",
            "Trunk",
            "blocks",
            "embed",
            null, // no position embeddings
            null, // no dropout
            new RotaryTables("turns", "Turns", rope),
            norm("last_norm")),
        Collections.nCopies(config.layers("depth", 1), block(headDim)),
        new Head("unembed", true), // it shares the matrix of the embedding
        new Storage(StoredNames.optionalPrefix("trunk."), List.of()));
  }

  private static Block block(int headDim) {
    return new Block(
        "Block",
        false, // it returns a tensor, not a tuple
        norm("norm1"),
        new Attention(
            "mix",
            "Attention",
            new Beside(Projection.linear("qkv", false)),
            Math.pow(headDim, -0.5),
            true, // the tables rotate queries and keys
            Projection.linear("out", false),
            null),
        norm("norm2"),
        new GatedMlp(
            "mlp",
            "Mlp",
            Projection.linear("gate", false),
            Projection.linear("up", false),
            "act",
            "silu",
            Projection.linear("down", false)));
  }

  private static Norm norm(String name) {
    return new Norm(name, "RmsNorm", Norm.Kind.RMS, 1e-5);
  }
}
// end
