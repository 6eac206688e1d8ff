package org.nnsight4j.samples;

import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Layers;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.Scan;
import org.nnsight4j.Session;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Inner;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The whole intervention language, as docs/language.md explains it. */
public final class Language {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static final String COLOSSEUM = "The Colosseum is in the city of";

  private final LanguageModel<Gpt2> gpt2;

  Language(LanguageModel<Gpt2> gpt2) {
    this.gpt2 = gpt2;
  }

  /** Goes through the whole page. */
  public static void main(String[] args) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Language language = new Language(gpt2);
      language.steps();
      language.writingAtSteps();
      language.folding();
      language.everyone();
      language.keywordInputs();
      language.skipping();
      language.stopping();
      language.calling();
      language.gradients();
      language.branches();
      language.layers();
      language.hosting();
      language.editing();
      language.attaching();
      language.caching();
      language.session();
      language.scanning();
      language.preparing();
    }
  }

  void steps() {
    // snippet: steps
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(3))) {
      Saved<Hidden> prompt;
      Saved<Hidden> second;
      Saved<Axis> chosen;
      try (Invoker<Gpt2> invoker =
          generator.invoke("Madison Square Garden is located in the city of")) {
        prompt = invoker.model().transformer().h(-1).output(0).save(); // step 0: the prompt
        second = invoker.next().transformer().h(-1).output(0).save(); // step 1: one new token
        chosen = invoker.allSteps().each(model -> model.output().at(-1).argMax(-1).save());
      }
      generator.run();
      System.out.println(prompt.value().header() + ", " + second.value().header());
      for (Tensor token : chosen.values()) {
        System.out.print(gpt2.tokenizer().decode(token.toLongArray()));
      }
      System.out.println();
    }
    // end
  }

  void writingAtSteps() {
    // snippet: writingAtSteps
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(4))) {
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        invoker
            .steps(1, 3) // steps 1 and 2, as Python's range(1, 3)
            .forEach(
                model -> {
                  Value<Hidden> added = model.transformer().h(2).mlp().output();
                  added.set(added.mul(0));
                });
      }
      generator.run();
      System.out.println(generator.receipt());
    }
    // end
  }

  void folding() {
    // snippet: folding
    Saved<Axis> largest =
        gpt2.generate(
            maxNewTokens(3),
            generator ->
                generator.invoke(
                    EIFFEL,
                    invoker -> {
                      Value<Axis> least = invoker.constant(Tensor.scalar(0));
                      return invoker
                          .allSteps()
                          .fold(
                              least,
                              (model, before) ->
                                  before.maximum(model.transformer().h(1).output(0).norm(-1).max()))
                          .save();
                    }));
    // end
    System.out.println(largest.value().rank());
  }

  void everyone() {
    // snippet: everyone
    try (Generator<Gpt2> generator = gpt2.trace()) {
      Saved<Vocab> all;
      generator.invoke(EIFFEL).close();
      generator.invoke(List.of(COLOSSEUM, "The capital of Japan is")).close();
      try (Invoker<Gpt2> everyone = generator.invoke()) {
        all =
            everyone
                .model()
                .output()
                .at(-1)
                .save(); // one row for each text, each its own last token
      }
      generator.run();
      System.out.println(all.value().header());
    }
    // end
  }

  void keywordInputs() {
    // snippet: keywordInputs
    Saved<Vocab> logits =
        gpt2.trace(
            EIFFEL,
            model -> {
              model
                  .transformer()
                  .attentionMask()
                  .output()
                  .get(":, 1")
                  .set(0); // no row looks at token 1
              model.transformer().h(2).input().at(-1).set(0); // what layer 2 gets of the last token
              return model.output().at(-1).save();
            });
    // end
    System.out.println(logits.value().header());
  }

  void skipping() {
    // snippet: skipping
    Saved<Vocab> logits =
        gpt2.trace(
            EIFFEL,
            model -> {
              model.transformer().h(1).skip(model.transformer().h(1).input());
              return model.output().at(-1).save();
            });
    // end
    System.out.println(logits.value().header());
  }

  void stopping() {
    // snippet: stopping
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(20))) {
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        long end = gpt2.tokenizer().encode(".")[0];
        invoker
            .allSteps()
            .forEach(model -> model.output().at(-1).argMax(-1).eq(end).any().cond(invoker::stop));
      }
      generator.run();
      System.out.println(generator.output().text(0)); // the step that would choose "." was the last
    }
    // end
  }

  void calling() {
    // snippet: calling
    try (Generator<Gpt2> generator = gpt2.trace()) {
      Saved<Inner> neurons;
      Saved<Hidden> result;
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        Value<Hidden> early = invoker.model().transformer().h(0).output(0);
        Gpt2.Mlp mlp = invoker.call(model -> model.transformer().h(2).mlp(), early);
        neurons = mlp.act().output().save(); // of this call, not of the model's own pass
        mlp.act().output().get("..., 0:8").set(0);
        result = mlp.output().save();
      }
      generator.run();
      System.out.println(neurons.value().header() + ", " + result.value().header());
    }
    // end
  }

  void gradients() {
    long paris = gpt2.tokenizer().encode(" Paris")[0];
    long rome = gpt2.tokenizer().encode(" Rome")[0];
    // snippet: gradients
    record Two(Saved<Hidden> forParis, Saved<Hidden> forRome) {}
    Two gradients =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Hidden> early = model.transformer().h(0).output(0);
              Value<Hidden> middle = model.transformer().h(1).output(0);
              Value<Axis> loss = model.output().get("0, -1, " + rome).sum();
              middle.setGradient(loss, middle.gradient(loss).mul(0.5)); // flows on halved
              return new Two(
                  early.gradient(model.output().get("0, -1, " + paris)).save(),
                  early.gradient(loss).save());
            });
    // end
    System.out.println(
        gradients.forParis().value().header() + ", " + gradients.forRome().value().header());
    float[] ones = new float[2 * 128];
    ones[0] = 1;
    ones[128 + 1] = 1;
    Tensor directions = Tensor.of(ones, 2, 128);
    // snippet: directions
    Saved<Hidden> jacobian =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Hidden> early = model.transformer().h(0).output(0);
              Value<Hidden> late = model.transformer().h(-1).output(0).at(-1);
              return early.gradients(late, directions).save(); // [way, batch, position, hidden]
            });
    // end
    System.out.println(jacobian.value().header());
  }

  void branches() {
    // snippet: branches
    Saved<Vocab> logits =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Axis> size = model.transformer().h(0).output(0).at(-1).norm();
              size.gt(3).cond(() -> model.transformer().h(2).mlp().output().set(0));
              Value<Axis> factor =
                  size.gt(3).<Axis>cond(() -> size.reciprocal(), () -> size.mul(0).add(1));
              Value<Hidden> last = model.transformer().h(3).output(0).at(-1);
              last.set(last.mul(factor.as(Hidden.class)));
              return model.output().at(-1).save();
            });
    // end
    System.out.println(logits.value().header());
  }

  void layers() {
    // snippet: layers
    List<Saved<Axis>> norms =
        gpt2.trace(
            EIFFEL,
            model -> {
              List<Saved<Axis>> saved = new ArrayList<>();
              for (Gpt2.Block block : Layers.of(model.transformer()::h)) {
                saved.add(block.output(0).norm(-1).save());
              }
              return saved;
            });
    Saved<Axis> halved =
        gpt2.trace(
            EIFFEL,
            model ->
                model
                    .transformer()
                    .h(-1)
                    .output(0)
                    .norm()
                    .iterate(20, value -> value.mul(0.5), value -> value.lt(1))
                    .save());
    // end
    System.out.println(norms.size() + " layers, " + (halved.value().item() < 1));
  }

  void hosting() {
    // snippet: hosting
    Saved<Vocab> logits =
        gpt2.trace(
            EIFFEL,
            model -> {
              Value<Hidden> hidden = model.transformer().h(1).output(0);
              hidden.peek(tensor -> System.out.println("layer 1: " + tensor.header()));
              hidden.set(
                  hidden.hostCall(
                      tensor -> {
                        float[] numbers = tensor.toFloatArray();
                        numbers[0] = 0;
                        return Tensor.of(numbers, tensor.shape());
                      }));
              return model.output().at(-1).save();
            });
    // end
    System.out.println(logits.value().header());
  }

  void editing() {
    // snippet: editing
    Edit quiet =
        gpt2.edit(
            invoker -> {
              Value<Hidden> added = invoker.model().transformer().h(1).mlp().output();
              added.set(added.mul(0.5));
            });
    LanguageModel<Gpt2> edited = gpt2.with(quiet); // shares the weights; gpt2 itself is as it was
    Saved<Vocab> logits = edited.trace(EIFFEL, model -> model.output().at(-1).save());
    // end
    System.out.println(logits.value().header() + ", " + edited.edits().size() + " edit");
  }

  void attaching() {
    Tensor weight = Tensor.of(new float[2 * 128], 2, 128);
    Tensor bias = Tensor.of(new float[] {0.5f, -0.5f}, 2);
    // snippet: attaching
    LinearProbe probe = LinearProbe.of(weight, bias); // or LinearProbe.load(file)
    try (Generator<Gpt2> generator = gpt2.trace()) {
      Saved<Axis> scores;
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        Value<Hidden> hidden = invoker.model().transformer().h(2).output(0).at(-1);
        scores = invoker.call("truth", probe, hidden).softmax(-1).save();
        invoker.point("truth.logits").set(0); // its inner values have names, and are sites
      }
      generator.run();
      System.out.println(scores.value());
    }
    // end
  }

  /** Any decoder, and an autoencoder that was trained on it. */
  static void autoencoder(LanguageModel<AnyModel> model, Path folder) {
    // snippet: autoencoder
    // For example Gemma Scope's resid_post/layer_13_width_16k_l0_small.
    SparseAutoencoder sae = SparseAutoencoder.open(folder);
    try (Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(EIFFEL)) {
      Decoder view = Decoder.of(invoker.model());
      // Called at the place that its file names, whatever the family.
      Value<Axis> rebuilt = invoker.call("sae", sae, sae.input(view));
      invoker.point("sae.features").get("..., 7").set(0);
      sae.splice(view, rebuilt); // the model continues with it
    }
    // end
  }

  void caching() {
    // snippet: caching
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(3))) {
      Cache<Gpt2> cache;
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        cache =
            invoker.cache(
                CacheOptions.paths("transformer.h.*.mlp", "transformer.h.*.attn.pattern")
                    .positions(-1)
                    .dtype(DType.FLOAT16)
                    .allSteps());
      }
      generator.run();
      Saved<Hidden> mlp = cache.get(model -> model.transformer().h(2).mlp().output());
      System.out.println(mlp.steps() + " " + mlp.values().get(0).header());
    }
    // end
  }

  void session() {
    // snippet: session
    Saved<Vocab> patched =
        gpt2.session(
            (Session<Gpt2> session) -> {
              Value<Hidden> paris;
              try (Generator<Gpt2> first = session.trace();
                  Invoker<Gpt2> invoker = first.invoke(EIFFEL)) {
                paris = invoker.model().transformer().h(2).output(0).at(-1);
              }
              try (Generator<Gpt2> second = session.trace();
                  Invoker<Gpt2> invoker = second.invoke(COLOSSEUM)) {
                invoker.model().transformer().h(2).output(0).at(-1).set(paris);
                return invoker.model().output().at(-1).save();
              }
            });
    // end
    System.out.println(
        gpt2.tokenizer().decode(new long[] {argMax(patched.value().toFloatArray())}));
  }

  private static int argMax(float[] numbers) {
    int best = 0;
    for (int i = 0; i < numbers.length; i++) {
      best = numbers[i] > numbers[best] ? i : best;
    }
    return best;
  }

  void scanning() {
    // snippet: scanning
    Scan<Value<Hidden>> scan =
        gpt2.scan(
            generator ->
                generator.invoke(
                    EIFFEL, invoker -> invoker.model().transformer().h(2).output(0).at(-1)));
    System.out.println(scan.of(scan.result()));
    // end
  }

  void preparing() {
    // snippet: preparing
    Prepared<Saved<Axis>> prepared = gpt2.prepare(model -> model.output().at(-1).argMax(-1).save());
    for (String text : List.of(EIFFEL, COLOSSEUM)) {
      Results results = prepared.run(text);
      long[] token = results.value(prepared.recorded()).toLongArray();
      System.out.println(gpt2.tokenizer().decode(token));
    }
    // end
  }
}
