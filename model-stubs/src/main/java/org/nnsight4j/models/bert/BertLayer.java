package org.nnsight4j.models.bert;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Scoring;

/** One layer: attention, its addition to the stream, neurons, and their addition. */
final class BertLayer {
  private final Parts parts;
  private final BertConfig config;
  private final Module layer;

  BertLayer(Parts parts, BertConfig config, int number) {
    this.parts = parts;
    this.config = config;
    String path = "bert.encoder.layer." + number;
    Module attention = attention(path + ".attention", number);
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

  NDArray call(Pass pass, NDArray stream) {
    return layer.call(pass, stream);
  }

  private Module attention(String path, int number) {
    String inside = path + ".self";
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
    Sum output = new Sum(path + ".output");
    return parts.add(
        new BertStep(
            parts, path, (pass, stream) -> output.add(pass, self.call(pass, stream), stream)));
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
