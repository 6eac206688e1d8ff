package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.useCache;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.trace;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;

import java.time.Duration;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Scan;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What looks right and is not: each is refused, or is right after all. */
final class MisuseTest {
  private static Value<Hidden> hidden(Gpt2 model) {
    return model.transformer().h(1).output(0);
  }

  @Test
  void closingTheModelInsideItsOwnRun() {
    LanguageModel<Gpt2> own = EmbeddedGpt2.open().as(Gpt2.class);
    RunException error =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60),
            () ->
                Assertions.assertThrows(
                    RunException.class,
                    () ->
                        own.trace(
                            "Hello",
                            model -> {
                              hidden(model).peek(numbers -> own.close());
                              return model.output().save();
                            })));
    assertThat(error).hasMessageThat().contains("from inside its own run");
    assertThat(own.trace("Hello", model -> model.output().save()).isPresent()).isTrue();
    own.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scanKnowsWhetherThereIsACache(boolean cached) {
    GenerateOptions options = useCache(cached).maxNewTokens(3).eosTokenId();
    Scan<Saved<Hidden>> scan = GPT2.scan(options, generator -> second(generator));
    Saved<Hidden> real = GPT2.generate(options, generator -> second(generator));
    Dims scanned = scan.of(scan.result()).dims();
    assertThat(scanned.conflicts(Dims.of(real.value().shape()))).isFalse();
    assertThat(scanned.get(1).size()).isEqualTo(cached ? 1 : IDS.length + 1);
  }

  private static Saved<Hidden> second(Generator<Gpt2> generator) {
    return generator.invoke(IDS, invoker -> hidden(invoker.step(1)).save());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void blockOfAnotherRunDoesNotHoldHere(boolean loop) {
    refused(
        RecordingException.class,
        () ->
            GPT2.session(
                session -> {
                  try (Invoker<Gpt2> one = session.generate(maxNewTokens(2)).invoke(IDS);
                      Invoker<Gpt2> other = session.trace().invoke(IDS)) {
                    Runnable write = () -> hidden(other.model()).set(0);
                    if (loop) {
                      one.allSteps().forEach(model -> write.run());
                    } else {
                      hidden(one.model()).norm().lt(0).cond(write);
                    }
                  }
                  return session;
                }),
        "another run than the loop or branch",
        "when(...)",
        "MisuseTest.java");
  }

  @Test
  void wholeRunInsideABlock() {
    Saved<?> outer =
        trace(
            model -> {
              hidden(model)
                  .norm()
                  .gt(0)
                  .cond(
                      () -> {
                        Saved<Hidden> inner = trace(other -> hidden(other).save());
                        hidden(model).set(inner.value());
                      });
              return model.output().save();
            });
    assertThat(outer.value()).isEqualTo(Probe.logits());
  }

  @Test
  void gradientThroughJava() {
    unrecordable(
        model -> {
          Value<Hidden> value = hidden(model);
          return value.gradient(value.hostCall(numbers -> numbers).mul(2).sum());
        },
        "no gradient can flow");
    unrecordable(
        model -> {
          Value<Hidden> before = model.transformer().h(0).output(0);
          hidden(model).set(hidden(model).hostCall(numbers -> numbers));
          return before.gradient(model.output().get("0, -1, 3"));
        },
        "no gradient can flow");
  }

  @Test
  void gradientOfWhatComesFromJavaOrNumbers() {
    record Three(Saved<?> value, Saved<?> host, Saved<?> constant) {}
    Three found =
        trace(
            model -> {
              Value<Hidden> value = hidden(model);
              Value<Hidden> host = value.hostCall(numbers -> numbers);
              Value<Hidden> constant = value.constant(Probe.floats(new long[] {1}, 2)).add(1);
              return new Three(
                  value.mul(2).save(),
                  host.gradient(host.square().sum()).save(),
                  constant.gradient(value.mul(0).add(constant.square()).sum()).save());
            });
    assertClose("host", found.host().value(), found.value().value(), 1e-6);
    assertThat(found.constant().value().at(0)).isWithin(1e-2).of(2.0 * 3 * 128 * IDS.length);
  }

  static Stream<Function<Invoker<Gpt2>, ?>> nulls() {
    return Stream.of(
        invoker -> invoker.steps(0, 1).fold(hidden(invoker.model()), null),
        invoker -> invoker.steps(0, 1).each(null),
        invoker -> invoker.call(null, hidden(invoker.model())),
        invoker -> invoker.call(model -> model.transformer().h(0).mlp(), null),
        invoker -> invoker.call("a", null, hidden(invoker.model())),
        invoker -> invoker.cache(null));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("nulls")
  void nullGivenToAnInvoker(Function<Invoker<Gpt2>, ?> bad) {
    refused(
        RecordingException.class,
        () -> GPT2.trace().run(g -> g.invoke(IDS, i -> bad.apply(i))).result(),
        "is null (at MisuseTest.java:");
  }
}
