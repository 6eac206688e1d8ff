package org.nnsight4j.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.openjdk.jmh.runner.RunnerException;

/** Runs both sides in turn, and prints and writes their ratios. */
public final class Compare {
  private static final String BEGIN = "<!-- benchmarks: begin -->\n";
  private static final String END = "<!-- benchmarks: end -->\n";

  /** Sums are in another order; the numbers themselves are of other tests. */
  private static final double NEAR = 2e-3;

  private final Map<String, String> options;
  private final Path root;
  private final Path models;
  private final int threads;
  private final boolean brief;
  private final Java java;
  private final Python python;
  private final List<Double> loads = new ArrayList<>();

  private Compare(Map<String, String> options) throws IOException {
    this.options = options;
    this.root = Path.of(options.getOrDefault("root", ".")).toAbsolutePath().normalize();
    this.models =
        Path.of(options.getOrDefault("models", root.resolve("benchmarks/target/models").toString()))
            .toAbsolutePath();
    this.threads =
        Integer.parseInt(
            options.getOrDefault(
                "threads", String.valueOf(Runtime.getRuntime().availableProcessors())));
    this.brief = options.containsKey("short");
    this.java = new Java(models, Files.createTempDirectory("benchmarks"), threads);
    Path scripts = root.resolve("tools/reference");
    String interpreter = options.getOrDefault("python", "python3");
    writeCheckpoints(interpreter, scripts);
    this.python = new Python(interpreter, scripts, models, threads);
  }

  /**
   * Measures.
   *
   * @param args {@code --rows=PREFIX,...}, {@code --short}, {@code --rounds=N}, {@code
   *     --threads=N}, {@code --python=PATH}, {@code --models=DIR}, {@code --write}
   */
  public static void main(String[] args) throws IOException, RunnerException, InterruptedException {
    Map<String, String> options = new HashMap<>();
    for (String arg : args) {
      String[] pair = arg.substring(2).split("=", 2);
      options.put(pair[0], pair.length > 1 ? pair[1] : "");
    }
    Compare compare = new Compare(options);
    try {
      compare.run();
    } finally {
      compare.python.close();
    }
  }

  private void writeCheckpoints(String interpreter, Path scripts) throws IOException {
    if (Files.exists(models.resolve("tiny/tokenizer.json"))) {
      return;
    }
    try {
      int code =
          new ProcessBuilder(
                  interpreter, scripts.resolve("benchmark_models.py").toString(), models.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (code != 0) {
        throw new IOException("benchmark_models.py ended with %s; run it by hand".formatted(code));
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted while the checkpoints were written", e);
    }
  }

  private void run() throws IOException, RunnerException, InterruptedException {
    List<String> prefixes = Arrays.asList(options.getOrDefault("rows", "").split(",", -1));
    List<Measured> rows =
        Row.all().stream()
            .filter(row -> prefixes.stream().anyMatch(row.id()::startsWith))
            .map(Measured::new)
            .toList();
    int rounds = Integer.parseInt(options.getOrDefault("rounds", brief ? "1" : "3"));
    Set<String> failed = new LinkedHashSet<>();
    for (int round = 0; round < rounds; round++) {
      java.begin();
      for (Measured row : rows) {
        try {
          measure(row);
          System.out.println("%s/%s %s".formatted(round + 1, rounds, row.line()));
        } catch (IOException e) {
          // The other rows are worth having.
          System.out.println("%s/%s %s: %s".formatted(round + 1, rounds, row.row().id(), e));
          failed.add(row.row().id());
        }
      }
    }
    write(rows.stream().filter(row -> !failed.contains(row.row().id())).toList(), rounds);
    if (!failed.isEmpty()) {
      throw new IOException("not measured: " + failed);
    }
  }

  private void measure(Measured measured)
      throws IOException, RunnerException, InterruptedException {
    Row row = measured.row();
    loads.add(Machine.load());
    double seconds = brief ? 1 : 3;
    Python.Answer answer =
        row.python().isEmpty()
            ? new Python.Answer(List.of(), new ObjectMapper().nullNode())
            : python.measure(row.python(), seconds, 60);
    List<Double> before = List.of();
    if (row.kind() == Row.Kind.OF_OURS) {
      before = java.measure(Row.decoding(row.id().split("-", -1)[1], "AS_STORED"), brief ? 8 : 60);
    }
    if (row.kind() == Row.Kind.OF_A_PASS) {
      before = java.measure(Row.attribution("forward"), brief ? 8 : 60);
    }
    List<Double> own = java.measure(row.java(), brief ? 8 : 60);
    if (row.kind() == Row.Kind.SPEED) {
      checkSame(row, answer.gave());
    }
    List<Double> theirs = row.python().isEmpty() ? before : answer.seconds();
    if (row.kind() == Row.Kind.OF_THE_BOUND) {
      double weights = (double) Files.size(weights(row)) / (4L * 128 * (1 << 20));
      theirs = theirs.stream().map(each -> each * weights).toList();
    }
    measured.add(own, theirs);
  }

  private Path weights(Row row) {
    String model = row.id().substring(row.id().indexOf('-') + 1);
    return models.resolve(model).resolve("model.safetensors");
  }

  private void checkSame(Row row, JsonNode theirs) {
    String ours = java.gave().replace(" ", "");
    boolean same =
        theirs.isNumber()
            ? Math.abs(theirs.asDouble() - Double.parseDouble(ours))
                <= NEAR * Math.max(1e-3, Math.abs(theirs.asDouble()))
            : (theirs.isArray() ? theirs.toString() : theirs.asText()).equals(ours);
    if (!same) {
      throw new IllegalStateException(
          "%s: the two sides do not do the same: Python gave %s, Java %s"
              .formatted(row.id(), theirs, ours));
    }
  }

  private void write(List<Measured> rows, int rounds) throws IOException {
    StringBuilder table = new StringBuilder();
    table.append(Machine.told(python.versions(), threads, rounds, loads)).append("\n\n");
    table.append("| what | nnsight4j | Python | ratio or number (over rounds) | target |\n");
    table.append("| --- | --- | --- | --- | --- |\n");
    rows.forEach(row -> table.append(row.line()).append('\n'));
    System.out.println("\n" + table);
    if (options.containsKey("write")) {
      Path page = root.resolve("docs/performance.md");
      String text = Files.readString(page);
      int begin = text.indexOf(BEGIN) + BEGIN.length();
      int end = text.indexOf(END);
      if (begin < BEGIN.length() || end < begin) {
        throw new IOException(page + " has no place for the table: " + BEGIN.strip());
      }
      Files.writeString(page, text.substring(0, begin) + "\n" + table + "\n" + text.substring(end));
      Path picture = root.resolve("docs/images/performance.svg");
      Files.writeString(
          picture, Chart.svg(rows.stream().filter(row -> row.row().hasTarget()).toList()));
      System.out.println("Written: " + page + " and " + Objects.requireNonNull(picture));
    }
  }
}
