package org.nnsight4j.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * A row of the page: what is measured here, with what it is compared, and what is wanted.
 *
 * @param id how the command's options name it
 * @param what the text in the table
 * @param java what runs here
 * @param python the row of {@code benchmark_rows.py}; empty if nothing is compared
 * @param kind what the number means
 * @param target the least ratio, or the most of an absolute number; 0 if there is none
 */
record Row(String id, String what, Work java, String python, Kind kind, double target) {
  /** What the number of a row means. */
  enum Kind {
    /** Python's time by ours: how many times faster. */
    SPEED,
    /** Seconds for reading the weights once, by ours: the part of the bound that is reached. */
    OF_THE_BOUND,
    /** Seconds, or MiB for memory. */
    ABSOLUTE,
    /** The time of the same with weights as they are stored, by that with fewer bits. */
    OF_OURS,
    /** The time of a forward pass of the same prompts, by ours. */
    OF_A_PASS
  }

  /** Runs of one JVM. */
  sealed interface Work {}

  /**
   * A JMH benchmark.
   *
   * @param method class and method
   * @param parameters of the benchmark
   * @param counters the difference of two counters in seconds instead of the time; empty for the
   *     time itself
   * @param warmUps how many runs are not counted
   * @param runs the most runs that are counted
   * @param divide by what each number is divided
   */
  record Measured(
      String method,
      Map<String, String> parameters,
      List<String> counters,
      int warmUps,
      int runs,
      double divide)
      implements Work {}

  /**
   * A process of its own.
   *
   * @param heap whether the number is the heap's MiB instead of the seconds
   * @param archive whether it has an archive of its classes
   */
  record Started(boolean heap, boolean archive) implements Work {}

  private static final List<String> TIME = List.of();
  private static final double TOKENS = 48;
  private static final double NO_TARGET = 0;

  boolean hasTarget() {
    return target != NO_TARGET;
  }

  /**
   * The JVM compiles what runs often: many runs of the tiny shape are as many seconds as few
   * others.
   */
  private static Measured measured(
      String method, Map<String, String> parameters, int runs, double divide) {
    boolean tiny = "tiny".equals(parameters.getOrDefault("model", "tiny"));
    int warmUps = method.startsWith("Decode") ? 2 : 15;
    return new Measured(method, parameters, TIME, tiny ? 20 * warmUps : warmUps, runs, divide);
  }

  private static Row overhead(
      String id, String what, String more, String less, int warmUps, double target) {
    double divide = List.of("reads", "writes", "cut").contains(more) ? 11 : 1;
    Measured work =
        new Measured("TraceBenchmark.each", Map.of(), List.of(more, less), warmUps, 100, divide);
    return new Row(id, what, work, "", Kind.ABSOLUTE, target);
  }

  private static Row forward(String model, String name, int tokens, double target) {
    return new Row(
        "forward-%s-%s".formatted(model, tokens),
        "forward pass of %s tokens, %s".formatted(tokens, name),
        measured(
            "ForwardBenchmark.forward",
            Map.of("model", model, "tokens", String.valueOf(tokens)),
            60,
            1),
        "forward-%s-%s".formatted(model, tokens),
        Kind.SPEED,
        target);
  }

  private static Row decode(String model, String name, Kind kind, double target) {
    return new Row(
        (kind == Kind.SPEED ? "decode-" : "bound-") + model,
        kind == Kind.SPEED
            ? "greedy decoding after 16 tokens, by token, %s, against `generate`".formatted(name)
            : "the same, %s, against reading the weights once".formatted(name),
        decoding(model, "AS_STORED"),
        kind == Kind.SPEED ? "decode-" + model : "bandwidth",
        kind,
        target);
  }

  private static Row lighter(String model, String format, double target) {
    return new Row(
        "weights-%s-%s".formatted(model, format),
        "greedy decoding, %s, with linear layers kept as %s, against as they are stored"
            .formatted(model.equals("gpt2") ? "GPT-2 small" : "Llama-like 135 M", format),
        decoding(model, format),
        "",
        Kind.OF_OURS,
        target);
  }

  /** One row of greedy decoding, by token. */
  static Measured decoding(String model, String format) {
    return measured(
        "DecodeBenchmark.decode",
        Map.of("model", model, "rows", "1", "tokens", "48", "weights", format),
        6,
        TOKENS);
  }

  /** All rows of the page, in its order. */
  static List<Row> all() {
    String gpt2 = "GPT-2 small";
    String llama = "Llama-like 135 M";
    String tiny = "tiny";
    return List.of(
        overhead(
            "reused",
            "a reused plan, over the bare forward pass, tiny",
            "reused",
            "bare",
            300,
            1e-4),
        overhead(
            "recorded",
            "a trace that is recorded each time, over the bare forward pass, tiny",
            "recorded",
            "bare",
            300,
            5e-4),
        overhead(
            "young",
            "the same, median of a JVM's first hundred runs",
            "recorded",
            "bare",
            0,
            1.5e-3),
        overhead("read", "each further read", "reads", "recorded", 300, 2e-5),
        overhead("write", "each further write", "writes", "recorded", 300, 2e-5),
        overhead(
            "write-floor",
            "of it, ending a kernel at a block and beginning the next, with nothing recorded",
            "cut",
            "bare",
            300,
            NO_TARGET),
        forward("gpt2", gpt2, 16, 1.25),
        forward("gpt2", gpt2, 64, 1.25),
        forward("gpt2", gpt2, 128, 1.05),
        forward("llama", llama, 16, 1.25),
        forward("llama", llama, 64, 1.25),
        forward("llama", llama, 128, 1.05),
        forward("tiny", tiny, 16, 2),
        forward("tiny", tiny, 64, 2),
        forward("tiny", tiny, 128, 2),
        new Row(
            "trace-tiny",
            "a trace that is recorded each time and saves one value, against nnsight, tiny",
            measured("TraceBenchmark.trace", Map.of(), 60, 1),
            "trace-tiny",
            Kind.SPEED,
            2),
        decode("gpt2", gpt2, Kind.SPEED, 1.8),
        decode("gpt2", gpt2, Kind.OF_THE_BOUND, 0.7),
        decode("llama", llama, Kind.SPEED, 1.8),
        decode("llama", llama, Kind.OF_THE_BOUND, 0.7),
        decode("tiny", tiny, Kind.SPEED, 1.8),
        lighter("gpt2", "BFLOAT16", 1.7),
        lighter("gpt2", "INT8", 3),
        lighter("llama", "BFLOAT16", 1.7),
        lighter("llama", "INT8", 3),
        new Row(
            "batch-gpt2",
            "16 prompts of 16 tokens in a batch, 32 tokens each, greedy, against `generate`",
            measured(
                "DecodeBenchmark.decode",
                Map.of("model", "gpt2", "rows", "16", "tokens", "32"),
                3,
                1),
            "batch-gpt2",
            Kind.SPEED,
            1.3),
        sweep("sweep-nnsight", "nnsight's loop"),
        sweep("sweep-transformer-lens", "TransformerLens' `patching`"),
        new Row(
            "attribution",
            "attribution patching at all residual, head and MLP places of these prompts: the forward pass of 8 prompts, by it",
            attribution("attributed"),
            "",
            Kind.OF_A_PASS,
            1.0 / 3),
        new Row(
            "sweep-loop",
            "the same as a loop of traces on both sides, against nnsight's",
            new Measured("SweepBenchmark.loop", Map.of(), TIME, 1, 2, 1.0 / 12),
            "sweep-nnsight",
            Kind.SPEED,
            1),
        lens("gpt2", gpt2, 1.5),
        lens("tiny", tiny, 2),
        new Row(
            "start",
            "start of the JVM to the first token of a text, GPT-2 small, with `-Xmx64m`",
            new Started(false, false),
            "",
            Kind.ABSOLUTE,
            2),
        new Row(
            "start-archive",
            "the same with an archive of classes and the flags of a short program",
            new Started(false, true),
            "",
            Kind.ABSOLUTE,
            2),
        new Row(
            "start-python",
            "the same, against a process of Hugging Face's",
            new Started(false, false),
            "first-token",
            Kind.SPEED,
            2),
        new Row(
            "heap",
            "the most Java heap of that process",
            new Started(true, false),
            "",
            Kind.ABSOLUTE,
            64));
  }

  /** One of the two times of the row of attribution patching. */
  static Measured attribution(String counter) {
    return new Measured(
        "AttributionBenchmark.each", Map.of(), List.of(counter, "nothing"), 3, 10, 1);
  }

  private static Row sweep(String python, String name) {
    return new Row(
        python,
        "patching the residual stream at 12 layers × 15 positions, 8 prompts that differ from position 10, against "
            + name,
        new Measured("SweepBenchmark.planned", Map.of(), TIME, 2, 5, 1),
        python,
        Kind.SPEED,
        28);
  }

  private static Row lens(String model, String name, double target) {
    return new Row(
        "lens-" + model,
        "logit lens of 12 layers × 16 positions, %s, against nnsight's loop".formatted(name),
        measured("LensBenchmark.lens", Map.of("model", model), 20, 1),
        "lens-" + model,
        Kind.SPEED,
        target);
  }
}
