package org.nnsight4j.models.gpt2.runs;

import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.Session;
import org.nnsight4j.attach.Attachment;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** One run of each kind, with the numbers that it gives; also of those that fail. */
final class Works {
  private static final Attachment DOUBLING = (input, points) -> points.show("out", input.mul(2));
  private static final Edit EDIT =
      GPT2.edit(
          i -> {
            Value<Hidden> hidden = hidden(i.model(), 1);
            hidden.set(i.call("doubling", DOUBLING, hidden).as(Hidden.class));
          });

  private Works() {}

  /** By name: what they give must be the same whenever they run. */
  static Map<String, Callable<Object>> all() {
    Map<String, Callable<Object>> works = new LinkedHashMap<>();
    works.put("steps", () -> generate(4, Works::steps));
    works.put("fold", () -> generate(4, Works::fold));
    works.put("loop of writes", () -> generate(4, Works::loopOfWrites));
    works.put("skip", () -> generate(3, Works::skip));
    works.put("cache", Works::cache);
    works.put("edit", Works::edit);
    works.put("session", Works::session);
    works.put("call", () -> trace(Works::call));
    works.put("cond", () -> generate(3, Works::cond));
    works.put("iterate", () -> trace(Works::iterate));
    works.put("stop", () -> trace(Works::stop));
    works.put("second gradient", () -> trace(Works::secondGradient));
    works.put("gradient at a step", () -> generate(3, Works::gradientAtAStep));
    works.put("rows", Works::rows);
    works.put("scan", Works::scan);
    works.put("fails while recording", () -> failing(i -> hidden(i.model(), 1).at(99).save()));
    works.put("fails at the end", () -> failing(Works::hostCallThatThrows));
    works.put("fails in a loop", Works::failingLoop);
    return works;
  }

  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  private static Saved<Hidden> everyStep(Invoker<Gpt2> invoker, int layer) {
    return invoker.allSteps().each(model -> hidden(model, layer).save());
  }

  private static Object values(Saved<?>... saved) {
    List<Object> values = new ArrayList<>();
    for (Saved<?> each : saved) {
      values.add(each.values());
    }
    return values;
  }

  private static Object trace(Function<Invoker<Gpt2>, List<Saved<?>>> body) {
    Generator<Gpt2> generator = GPT2.trace();
    List<Saved<?>> saved = generator.invoke(IDS, body::apply);
    generator.close();
    return values(saved.toArray(Saved[]::new));
  }

  private static Object generate(int tokens, Function<Invoker<Gpt2>, List<Saved<?>>> body) {
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(tokens).minNewTokens(tokens));
    List<Saved<?>> saved = generator.invoke(IDS, body::apply);
    generator.close();
    return List.of(values(saved.toArray(Saved[]::new)), generator.output().newIds()[0][tokens - 1]);
  }

  private static List<Saved<?>> steps(Invoker<Gpt2> invoker) {
    return List.of(
        hidden(invoker.step(2), 1).save(),
        hidden(invoker.step(0), 1).at(0).save(),
        invoker.steps(1, 3).each(model -> model.output().at(-1).argMax(-1).save()));
  }

  private static List<Saved<?>> fold(Invoker<Gpt2> invoker) {
    Value<Hidden> first = hidden(invoker.model(), 1).at(-1);
    return List.of(
        invoker.steps(1, 4).fold(first, (model, sum) -> sum.add(hidden(model, 1).at(-1))).save());
  }

  private static List<Saved<?>> loopOfWrites(Invoker<Gpt2> invoker) {
    Value<Hidden> vector = hidden(invoker.model(), 0).at(1);
    invoker.steps(1, 4).forEach(model -> hidden(model, 2).set(hidden(model, 2).add(vector)));
    return List.of(everyStep(invoker, 3));
  }

  private static List<Saved<?>> skip(Invoker<Gpt2> invoker) {
    Gpt2.Block block = invoker.step(1).transformer().h(1);
    block.skip(block.input());
    return List.of(everyStep(invoker, 2));
  }

  private static Object cache() {
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(3).minNewTokens(3));
    Cache<Gpt2> cache =
        generator.invoke(IDS, i -> i.cache(CacheOptions.all().withInputs().allSteps()));
    generator.close();
    Map<SiteKey, Object> found = new LinkedHashMap<>();
    for (SiteKey site : cache.sites()) {
      found.put(site, cache.get(site.module(), site.port()).values());
    }
    return found;
  }

  private static Object edit() {
    try (LanguageModel<Gpt2> edited = GPT2.with(EDIT)) {
      Generator<Gpt2> generator = edited.generate(Options.maxNewTokens(3).minNewTokens(3));
      Saved<Hidden> saved =
          generator.invoke(
              IDS,
              i -> {
                i.point("doubling.out").get("..., 3").set(0);
                return i.allSteps().each(model -> hidden(model, 1).save());
              });
      generator.close();
      return values(saved);
    }
  }

  private static Object session() {
    Saved<Hidden> saved;
    try (Session<Gpt2> session = GPT2.session()) {
      Generator<Gpt2> first = session.trace();
      Value<Hidden> hidden = first.invoke(IDS, i -> hidden(i.model(), 1).at(-1));
      first.close();
      Generator<Gpt2> second = session.generate(Options.maxNewTokens(3).minNewTokens(3));
      saved =
          second.invoke(
              new long[] {7, 8},
              i -> {
                hidden(i.model(), 1).at(-1).set(hidden);
                return i.allSteps().each(model -> hidden(model, 2).at(-1).save());
              });
      second.close();
    }
    return values(saved);
  }

  private static List<Saved<?>> call(Invoker<Gpt2> invoker) {
    Gpt2.Block block = invoker.call(model -> model.transformer().h(2), hidden(invoker.model(), 0));
    block.mlp().act().output().get("..., 5").set(1);
    return List.of(block.attn().pattern().output().save(), block.output(0).save());
  }

  private static List<Saved<?>> cond(Invoker<Gpt2> invoker) {
    invoker
        .allSteps()
        .forEach(
            (model, step) ->
                step.eq(1).cond(() -> hidden(model, 1).set(0), () -> hidden(model, 2).set(1)));
    return List.of(everyStep(invoker, 3));
  }

  private static List<Saved<?>> iterate(Invoker<Gpt2> invoker) {
    return List.of(
        hidden(invoker.model(), 0)
            .iterate(6, value -> value.mul(2), value -> value.norm().gt(100))
            .save());
  }

  private static List<Saved<?>> stop(Invoker<Gpt2> invoker) {
    Saved<Hidden> before = hidden(invoker.model(), 1).save();
    invoker.stop();
    return List.of(before, invoker.model().output().save());
  }

  private static List<Saved<?>> secondGradient(Invoker<Gpt2> invoker) {
    Value<Hidden> hidden = hidden(invoker.model(), 1);
    Value<Axis> squares = hidden.gradient(invoker.model().output().get("0, -1, 7")).square().sum();
    return List.of(hidden.gradient(squares).save());
  }

  private static List<Saved<?>> gradientAtAStep(Invoker<Gpt2> invoker) {
    Gpt2 model = invoker.step(1);
    return List.of(hidden(model, 1).gradient(model.output().get("0, -1, 7")).save());
  }

  private static Object rows() {
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(3).minNewTokens(3));
    List<Saved<?>> saved = new ArrayList<>();
    Value<Hidden> given = generator.invoke(IDS, i -> hidden(i.model(), 1).at(-1));
    generator.invoke(
        new long[][] {{1, 2, 3}, {4}},
        i -> {
          hidden(i.model(), 1).at(-1).set(given);
          return saved.add(i.allSteps().each(model -> hidden(model, 3).at(-1).save()));
        });
    generator.invoke(i -> saved.add(i.allSteps().each(model -> hidden(model, 0).save())));
    generator.close();
    return values(saved.toArray(Saved[]::new));
  }

  private static Object scan() {
    return GPT2.scan(generator -> generator.invoke(IDS, i -> hidden(i.model(), 1).save()))
        .sites()
        .get(SiteKey.output("transformer.h.1"))
        .toString();
  }

  private static List<Saved<?>> hostCallThatThrows(Invoker<Gpt2> invoker) {
    return List.of(
        hidden(invoker.model(), 2)
            .hostCall(
                tensor -> {
                  throw new IllegalStateException("mine");
                })
            .save());
  }

  private static Object failing(Function<Invoker<Gpt2>, ?> body) {
    Generator<Gpt2> generator = GPT2.trace();
    try {
      generator.invoke(IDS, body::apply);
      generator.close();
    } catch (Nnsight4jException e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("this run must fail");
  }

  /** At step 2, in the middle of the run, after values were kept. */
  private static Object failingLoop() {
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(4).minNewTokens(4));
    Saved<Hidden> saved =
        generator.invoke(
            IDS,
            i -> {
              Saved<Hidden> each = i.allSteps().each(model -> hidden(model, 1).save());
              hidden(i.step(2), 1).hostCall(tensor -> Tensor.scalar(1)).peek(tensor -> {});
              return each;
            });
    try {
      generator.close();
    } catch (Nnsight4jException e) {
      return saved.isPresent() + String.valueOf(e.getMessage());
    }
    throw new AssertionError("this run must fail");
  }
}
