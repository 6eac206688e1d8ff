package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.liveArrays;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Options;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.values.Value;

/** Memory and threads, for every kind of run. */
final class WorksTest {
  @BeforeAll
  static void load() {
    assertThat(Probe.logits()).isNotNull();
  }

  static Stream<String> works() {
    return Works.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("works")
  void leavesNothing(String name) throws Exception {
    Callable<Object> work = Works.all().get(name);
    Object first = work.call();
    int before = liveArrays();
    for (int run = 0; run < 5; run++) {
      assertThat(work.call()).isEqualTo(first);
      assertThat(liveArrays()).isEqualTo(before);
    }
  }

  @Test
  void eightThreadsGetWhatOneGets() throws Exception {
    Map<String, Callable<Object>> works = Works.all();
    Map<String, Object> alone = new LinkedHashMap<>();
    for (Map.Entry<String, Callable<Object>> work : works.entrySet()) {
      alone.put(work.getKey(), work.getValue().call());
    }
    int before = liveArrays();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<String> names = new ArrayList<>();
      List<Future<Object>> results = new ArrayList<>();
      for (int round = 0; round < 8; round++) {
        works.forEach(
            (name, work) -> {
              names.add(name);
              results.add(threads.submit(work));
            });
      }
      for (int i = 0; i < results.size(); i++) {
        assertWithMessage(names.get(i))
            .that(results.get(i).get())
            .isEqualTo(alone.get(names.get(i)));
      }
    } finally {
      threads.shutdown();
      assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(liveArrays()).isEqualTo(before);
  }

  /** What nobody reads any more is gone: one operation or twenty, a look counts the same. */
  @Test
  void valuesOfALoopAreFreedAtTheirLastUse() {
    List<Integer> few = liveInALoop(1);
    assertThat(few).hasSize(12);
    // The first pass has no cache yet; later ones are all alike.
    assertThat(few.subList(1, 12).stream().distinct().count()).isEqualTo(1);
    assertThat(liveInALoop(20)).isEqualTo(few);
  }

  private static List<Integer> liveInALoop(int operations) {
    List<Integer> live = new ArrayList<>();
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(12).minNewTokens(12));
    generator.invoke(
        IDS,
        i -> {
          i.allSteps()
              .forEach(
                  model -> {
                    Value<Hidden> value = model.transformer().h(1).output(0);
                    for (int n = 0; n < operations; n++) {
                      value = value.mul(1.5);
                    }
                    value.peek(tensor -> live.add(liveArrays()));
                  });
          return i;
        });
    generator.close();
    return live;
  }

  /** A value that a later step needs lives until then, and no longer. */
  @Test
  void valuesLiveUntilTheStepThatNeedsThem() {
    List<Integer> live = new ArrayList<>();
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(8).minNewTokens(8));
    generator.invoke(
        IDS,
        i -> {
          Value<Hidden> early = i.model().transformer().h(1).output(0).at(-1);
          i.allSteps()
              .forEach(
                  model ->
                      model.transformer().h(0).output(0).peek(tensor -> live.add(liveArrays())));
          return early.add(i.step(4).transformer().h(1).output(0).at(-1)).save();
        });
    generator.close();
    assertThat(live.get(3) - live.get(6)).isAtLeast(1);
    assertThat(live.get(2)).isEqualTo(live.get(3));
    assertThat(live.get(5)).isEqualTo(live.get(6));
  }

  /** 100,000 runs on one thread, of all kinds in turn: neither arrays nor memory grow. */
  @Test
  @Tag("nightly")
  void hundredThousandRuns() throws Exception {
    int runs = Integer.getInteger("nnsight4j.soak", 100_000);
    List<Callable<Object>> works = List.copyOf(Works.all().values());
    for (int run = 0; run < runs / 10; run++) {
      assertThat(works.get(run % works.size()).call()).isNotNull();
    }
    int before = liveArrays();
    long resident = residentMegabytes();
    long begin = System.nanoTime();
    for (int run = 0; run < runs; run++) {
      assertThat(works.get(run % works.size()).call()).isNotNull();
      if (run % (runs / 10) == 0) {
        report(run, begin);
      }
    }
    report(runs, begin);
    assertThat(liveArrays()).isEqualTo(before);
    assertThat(residentMegabytes() - resident).isLessThan(150);
  }

  private static void report(int run, long begin) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%s runs, %s s: %s live arrays, %s MiB resident%n",
        run,
        (System.nanoTime() - begin) / 1_000_000_000,
        liveArrays(),
        residentMegabytes());
  }

  /** What the process holds, after a collection; 0 where the system does not say. */
  private static long residentMegabytes() throws IOException {
    System.gc();
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(0);
  }
}
