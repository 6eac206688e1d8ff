package org.nnsight4j.models.bert;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Scoring;
import org.nnsight4j.engine.Script;

/** One layer: attention, its addition to the stream, neurons, and their addition. */
final class BertLayer {
  private final Parts parts;
  private final BertConfig config;
  private final Module layer;
  private final Texts texts;

  /** The modules whose texts are those of the layer. */
  private record Texts(
      Module query,
      Module key,
      Module value,
      Attention heads,
      Sum attended,
      Module dense,
      Module activation,
      Sum output) {}

  BertLayer(Parts parts, BertConfig config, int number) {
    this.parts = parts;
    this.config = config;
    String path = path(number);
    String inside = path + ".attention.self";
    Module query = parts.biasedLinear(inside + ".query");
    Module key = parts.biasedLinear(inside + ".key");
    Module value = parts.biasedLinear(inside + ".value");
    Attention heads = new Attention(parts, inside, number, config.scale(), null, Scoring.BOTH_WAYS);
    Module self =
        parts.add(
            new BertStep(
                parts,
                inside,
                (pass, stream) ->
                    pass.ops()
                        .call(
                            pass.arena(),
                            "merge_heads",
                            heads.mix(
                                pass,
                                apart(pass, query.call(pass, stream)),
                                apart(pass, key.call(pass, stream)),
                                apart(pass, value.call(pass, stream))))));
    Sum attended = new Sum(path + ".attention.output");
    Module attention =
        parts.add(
            new BertStep(
                parts,
                path + ".attention",
                (pass, stream) -> attended.add(pass, self.call(pass, stream), stream)));
    Module dense = parts.biasedLinear(path + ".intermediate.dense");
    Module activation =
        parts.activation(path + ".intermediate.intermediate_act_fn", config.activation());
    Module intermediate =
        parts.add(
            new BertStep(
                parts,
                path + ".intermediate",
                (pass, stream) -> activation.call(pass, dense.call(pass, stream))));
    Sum output = new Sum(path + ".output");
    this.texts = new Texts(query, key, value, heads, attended, dense, activation, output);
    this.layer =
        parts.add(
            new BertStep(
                parts,
                path,
                (pass, stream) ->
                    pass.scoped(
                        () -> {
                          NDArray middle = attention.call(pass, stream);
                          return output.add(pass, intermediate.call(pass, middle), middle);
                        })));
  }

  static String path(int number) {
    return "bert.encoder.layer." + number;
  }

  NDArray call(Pass pass, NDArray stream) {
    return layer.call(pass, stream);
  }

  /** What {@link #call} computes, as text. */
  Script.Value script(Script script, Script.Value stream) {
    Script.Value mixed =
        script.attention(
            texts.heads(),
            apart(script, script.module(texts.query(), stream)),
            apart(script, script.module(texts.key(), stream)),
            apart(script, script.module(texts.value(), stream)),
            config.heads(),
            config.heads(),
            config.headDim());
    Script.Value middle =
        texts
            .attended()
            .script(script, script.merged(mixed, config.heads(), config.headDim()), stream);
    Script.Value wide = script.module(texts.activation(), script.module(texts.dense(), middle));
    return texts.output().script(script, wide, middle);
  }

  /** The attention between its heads. */
  Attention attention() {
    return texts.heads();
  }

  private Script.Value apart(Script script, Script.Value row) {
    return script.apart(row, config.heads(), config.headDim());
  }

  private NDArray apart(Pass pass, NDArray row) {
    return pass.ops().call(pass.arena(), "apart", row, (long) config.heads());
  }

  /** The end of a half: a projection is added to the stream, and the sum is normalised. */
  private final class Sum {
    private final Module dense;
    private final Module dropout;
    private final Module norm;
    private final Module whole;

    Sum(String path) {
      this.dense = parts.biasedLinear(path + ".dense");
      this.dropout = parts.identity(path + ".dropout");
      this.norm = parts.layerNorm(path + ".LayerNorm", config.epsilon());
      this.whole =
          parts.add(
              new BertStep(
                  parts,
                  path,
                  (pass, half) -> {
                    throw new IllegalStateException(path + " needs the stream too");
                  }));
    }

    Script.Value script(Script script, Script.Value half, Script.Value stream) {
      Script.Value given = script.module(dropout, script.module(dense, half));
      return script.module(norm, script.call("plus", given, stream));
    }

    NDArray add(Pass pass, NDArray half, NDArray stream) {
      return whole.call(
          pass,
          half,
          taken -> {
            NDArray given = dropout.call(pass, dense.call(pass, taken));
            return norm.call(pass, BertNetwork.plus(pass, given, stream));
          });
    }
  }
}
