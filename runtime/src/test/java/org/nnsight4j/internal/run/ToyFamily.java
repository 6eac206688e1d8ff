package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.engine.HookPoint;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Tensor;

/**
 * A model whose numbers are known without a computer: {@code head(up(embed(id)))}, three linear
 * maps of small integers, and no attention. Token {@code t} is followed by {@code t + 1}.
 */
public final class ToyFamily implements Family, NetworkFactory {
  static final int TOKENS = 4;

  /** What {@code up} gives for a token: twice its unit vector. */
  static final float UP = 2;

  /** The logit of the token that follows. */
  static final float LOGIT = 6;

  /** Writes a checkpoint of it. */
  static Path write(Path folder) throws Exception {
    float[] unit = new float[TOKENS * TOKENS];
    float[] twice = new float[TOKENS * TOKENS];
    float[] next = new float[TOKENS * TOKENS];
    for (int token = 0; token < TOKENS; token++) {
      unit[token * TOKENS + token] = 1;
      twice[token * TOKENS + token] = UP;
      // Matrices are [out, in].
      next[(token + 1) % TOKENS * TOKENS + token] = LOGIT / UP;
    }
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"toy\"}");
    Safetensors.write(
        folder.resolve("model.safetensors"),
        Map.of(
            "embed.weight", Tensor.of(unit, TOKENS, TOKENS),
            "up.weight", Tensor.of(twice, TOKENS, TOKENS),
            "head.weight", Tensor.of(next, TOKENS, TOKENS)),
        Map.of());
    return folder;
  }

  @Override
  public String architecture() {
    return "toy";
  }

  @Override
  public Blueprint blueprint(ModelConfig config) {
    Dims ids = Dims.of(Dim.unknown(Dim.BATCH), Dim.unknown(Dim.POSITION));
    Dims hidden = row("hidden");
    Dims logits = row("vocab");
    Blueprint.Builder built =
        Blueprint.of(architecture())
            .vocabularySize(TOKENS)
            .maxPositions(Blueprint.NO_LIMIT)
            .width("hidden", TOKENS)
            .width("vocab", TOKENS)
            .module("", "Toy", false)
            .input("", ids, DType.INT64)
            .module("embed", "Embedding", true)
            .input("embed", ids, DType.INT64)
            .parameter("embed.weight", TOKENS, TOKENS)
            .output("embed", hidden)
            .module("up", "Linear", true)
            .input("up", hidden, DType.FLOAT32)
            .parameter("up.weight", TOKENS, TOKENS)
            .output("up", hidden)
            .module("head", "Linear", true)
            .input("head", hidden, DType.FLOAT32)
            .parameter("head.weight", TOKENS, TOKENS)
            .output("head", logits)
            .output("", logits);
    return built.build();
  }

  private static Dims row(String axis) {
    return Dims.of(Dim.unknown(Dim.BATCH), Dim.unknown(Dim.POSITION), Dim.named(axis, TOKENS));
  }

  @Override
  public Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
    Parts parts = new Parts(blueprint, weights);
    return new Toy(
        parts,
        parts.embedding("embed"),
        parts.linear("up", "up.weight"),
        parts.linear("head", "head.weight"));
  }

  private static final class Toy extends Network {
    private final HookPoint input;
    private final HookPoint output;
    private final Module embed;
    private final Module up;
    private final Module head;

    Toy(Parts parts, Module embed, Module up, Module head) {
      super(parts);
      this.input = parts.input("");
      this.output = parts.output("");
      this.embed = embed;
      this.up = up;
      this.head = head;
    }

    @Override
    public int layers() {
      return 0;
    }

    @Override
    public @Nullable NDArray forward(Pass pass, NDArray ids) {
      NDArray hidden = up.call(pass, embed.call(pass, input.show(pass, ids)));
      return pass.done() ? null : output.show(pass, head.call(pass, hidden));
    }
  }
}
