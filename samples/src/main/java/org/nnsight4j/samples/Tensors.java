package org.nnsight4j.samples;

import static org.nnsight4j.tensor.Along.BATCH;
import static org.nnsight4j.tensor.Along.POSITION;
import static org.nnsight4j.tensor.Width.WIDTH;

import java.util.List;
import org.nnsight4j.Completed;
import org.nnsight4j.Eager;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Key;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Numbers after a run, parameters, and reductions, as docs/tensors.md explains them. */
public final class Tensors {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  private final LanguageModel<Gpt2> gpt2;

  Tensors(LanguageModel<Gpt2> gpt2) {
    this.gpt2 = gpt2;
  }

  /** Goes through the whole page. */
  public static void main(String[] args) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Tensors tensors = new Tensors(gpt2);
      tensors.showing();
      tensors.computing();
      tensors.naming();
      tensors.lists();
      tensors.parameters();
      tensors.detaching();
    }
  }

  void showing() {
    // snippet: showing
    Saved<Vocab> logits = gpt2.trace(EIFFEL, model -> model.output().save());
    Tensor numbers = logits.value();
    System.out.println(numbers.header());
    System.out.println(numbers.get("0, -2:, :4")); // the last two positions, four tokens
    double[][] rows = numbers.get("0").toDoubleMatrix();
    System.out.println(rows.length + " rows of " + rows[0].length);
    // end
  }

  void computing() {
    // snippet: computing
    Saved<Vocab> logits = gpt2.trace(EIFFEL, model -> model.output().at(-1).save());
    Value<Vocab> probabilities = Eager.of(logits).softmax(-1); // here and now, without a run
    Tensor best = probabilities.topK(3, -1).indices().tensor();
    for (long id : best.toLongArray()) {
      Tensor likely = probabilities.get("0, " + id).gt(0.5).tensor();
      System.out.println(gpt2.tokenizer().token(id) + " " + likely);
    }
    // end
  }

  void naming() {
    // snippet: naming
    Saved<Key> scaled =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Hidden> h = model.transformer().h(2).output(0);
              Value<Hidden> mean = h.mean(BATCH, POSITION); // keeps the width Hidden
              Value<Hidden> unit = h.sub(mean).div(h.norm(WIDTH.kept()).add(1e-6));
              Value<Axis> sizes = unit.norm(WIDTH); // has no width any more
              Value<Hidden> both = Value.concat(List.of(h, unit), POSITION);
              Value<Hidden> stacked = Value.stack(List.of(mean, both.mean(BATCH, POSITION)));
              stacked.mul(sizes.max().as(Hidden.class)).save();
              Value<Key> pattern = model.transformer().h(2).attn().pattern().output();
              // Length 1 combines with every width.
              return pattern.mul(h.norm(WIDTH.kept()).as(Key.class)).save();
            });
    System.out.println(scaled.value().header());
    // end
  }

  void lists() {
    // snippet: lists
    Completed<Saved<Hidden>> plain =
        gpt2.trace(
            TraceOptions.defaults(),
            List.of(EIFFEL, "Rome"),
            model -> model.transformer().h(2).output(0).mean(POSITION).save());
    System.out.println(plain.receipt().warnings().get(0));
    Saved<Hidden> own =
        gpt2.trace(
            List.of(EIFFEL, "Rome"),
            model -> model.transformer().h(2).output(0).meanOverTokens().save());
    // end
    System.out.println(own.value().header());
  }

  void parameters() {
    // snippet: parameters
    record Both(Saved<Hidden> gradient, Saved<Vocab> logits) {}
    long paris = gpt2.tokenizer().singleToken(" Paris");
    Both both =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Hidden> weight = model.transformer().h(1).mlp().cProj().weight(); // [in, out]
              weight.set(weight.mul(0.5)); // for this run alone
              Value<Vocab> logit = model.output().get("0, -1, " + paris);
              Value<Hidden> now = model.transformer().h(1).mlp().cProj().weight();
              return new Both(now.gradient(logit).save(), model.output().at(-1).save());
            });
    System.out.println(both.gradient().value().header());
    Saved<Axis> byName =
        gpt2.trace(EIFFEL, (invoker, model) -> invoker.parameter("transformer.ln_f.bias").save());
    System.out.println(byName.value().header());
    // end
  }

  void detaching() {
    // snippet: detaching
    Saved<Hidden> gradient =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Hidden> h = model.transformer().h(1).output(0);
              Value<Hidden> unit = h.div(h.norm(WIDTH.kept()).detach()); // the norm is a constant
              return h.gradient(unit.sum()).save();
            });
    // end
    System.out.println(gradient.value().header());
  }
}
