package org.nnsight4j.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Our side: each row in a new JVM. */
final class Java {
  private static final double NANOSECONDS = 1e-9;
  private static final double MEBIBYTE = 1 << 20;

  private final Path models;
  private final Path work;
  private final int threads;

  private final Map<Forked, Ran> runs = new HashMap<>();

  /** A JVM of its own; rows that need the same share it within a round. */
  private record Forked(String method, Map<String, String> parameters, int warmUps) {}

  private record Ran(List<IterationResult> runs, String gave) {}

  /** What the last row gave. */
  private String gave = "";

  Java(Path models, Path work, int threads) {
    this.models = models;
    this.work = work;
    this.threads = threads;
  }

  String gave() {
    return gave;
  }

  /** Forgets the runs of the round before. */
  void begin() {
    runs.clear();
  }

  /** Seconds, or MiB, of each run of a row. */
  List<Double> measure(Row.Work row, int most)
      throws IOException, RunnerException, InterruptedException {
    if (row instanceof Row.Started started) {
      return List.of(started(started));
    }
    Row.Measured measured = (Row.Measured) row;
    Forked key = new Forked(measured.method(), measured.parameters(), measured.warmUps());
    Ran known = runs.get(key);
    if (known == null) {
      known = run(measured, most);
      runs.put(key, known);
    }
    gave = known.gave();
    return known.runs().stream().map(run -> number(measured, run)).toList();
  }

  private Ran run(Row.Measured row, int most) throws IOException, RunnerException {
    Path given = work.resolve("gave");
    Files.deleteIfExists(given);
    boolean young = row.warmUps() == 0;
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + row.method().replace(".", "\\.") + "$")
            .mode(Mode.SingleShotTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .forks(1)
            .warmupIterations(Math.min(row.warmUps(), 10 * most))
            .measurementIterations(young ? row.runs() : Math.min(row.runs(), most))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .jvmArgs(
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.num_threads=" + threads,
                // The forms of products are measured now, not at a time when the machine was busy.
                "-Dnnsight4j.cache=" + work.resolve("forms"),
                "-Dbenchmarks.models=" + models,
                "-Dbenchmarks.gave=" + given);
    row.parameters().forEach(options::param);
    List<IterationResult> all = new ArrayList<>();
    for (RunResult result : new Runner(options.build()).run()) {
      result.getBenchmarkResults().forEach(fork -> all.addAll(fork.getIterationResults()));
    }
    return new Ran(all, Files.exists(given) ? Files.readString(given) : "");
  }

  private static double number(Row.Measured row, IterationResult run) {
    double nanoseconds =
        row.counters().isEmpty()
            ? run.getPrimaryResult().getScore()
            : counter(run, row.counters().get(0)) - counter(run, row.counters().get(1));
    return nanoseconds * NANOSECONDS / row.divide();
  }

  private static double counter(IterationResult run, String name) {
    return Objects.requireNonNull(run.getSecondaryResults().get(name), name).getScore();
  }

  /** Starts a program and waits for its first token. */
  private double started(Row.Started row) throws IOException, InterruptedException {
    List<String> flags = new ArrayList<>();
    if (row.archive()) {
      // What a program that ends soon is started with.
      Path archive = work.resolve("first-token.jsa");
      flags.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
      if (!Files.exists(archive)) {
        var unused = process(with(flags, "-XX:ArchiveClassesAtExit=" + archive));
      }
      flags.add("-XX:SharedArchiveFile=" + archive);
    } else if (row.heap()) {
      flags.add("-XX:+UseSerialGC");
    }
    long begin = System.nanoTime();
    String[] printed = process(flags).split(" ", -1);
    double seconds = (System.nanoTime() - begin) * NANOSECONDS;
    gave = printed[0];
    return row.heap() ? Long.parseLong(printed[1]) / MEBIBYTE : seconds;
  }

  private static List<String> with(List<String> flags, String more) {
    List<String> all = new ArrayList<>(flags);
    all.add(more);
    return all;
  }

  private String process(List<String> flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(
        List.of(
            "-Xlog:all=off",
            "-Xmx64m",
            "-Dai.djl.offline=true",
            "-Dai.djl.pytorch.num_threads=" + threads,
            "-Dnnsight4j.cache=" + work.resolve("forms"),
            "-cp",
            System.getProperty("java.class.path"),
            FirstToken.class.getName(),
            models.resolve("gpt2").toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException("the program of the first token ended with " + process.exitValue());
    }
    return printed;
  }
}
