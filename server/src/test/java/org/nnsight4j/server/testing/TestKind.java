package org.nnsight4j.server.testing;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.server.execute.BatchKey;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Run;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.tensor.Tensor;

/**
 * Stands for a model: requests are a word and arguments with spaces between, and do what tests
 * need. The result of a request is always the same bytes, {@link #result}.
 */
public final class TestKind implements ExecutorKind {
  /** When each request began to run; for measurements, with workers in this process. */
  public static final Map<String, Long> STARTED = new ConcurrentHashMap<>();

  /** How often a model was loaded in this process; a location that does not exist cannot be. */
  public static final AtomicInteger OPENED = new AtomicInteger();

  /** How many checks of requests are under way that think, in this process. */
  public static final AtomicInteger THINKING = new AtomicInteger();

  @Override
  public String name() {
    return "test";
  }

  @Override
  public String describe(ModelSpec spec) {
    return "{\"architecture\":\"test\"}";
  }

  @Override
  public RequestCheck check(String description) {
    return new TestCheck();
  }

  /** What is in the file that the location names; the same for all that name none. */
  @Override
  public String digest(ModelSpec spec) {
    try {
      if (spec.location().isEmpty()) {
        return "none";
      }
      Path file = Path.of(spec.location());
      boolean weights = Files.isRegularFile(file) && Files.size(file) < 100;
      return weights ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class TestCheck implements RequestCheck {
    @Override
    public Verdict check(byte[] request) {
      String text = new String(request, StandardCharsets.UTF_8);
      if (text.startsWith("costs ")) {
        long[] costs =
            Arrays.stream(text.substring(6).split(" ")).mapToLong(Long::parseLong).toArray();
        costs = Arrays.copyOf(costs, 4);
        return Verdict.accepted(new Budget(costs[0], costs[1], costs[2], costs[3]));
      }
      if (text.startsWith("think ")) {
        think(Long.parseLong(text.substring(6)));
      }
      if (!text.matches(
          "(echo|row|alike|environment|sleep|steps|fail|big|slowly|crash|crash-first|hang|throw|think"
              + "|fill|print) ?[^\\n]*")) {
        return Verdict.refused(
            ProblemKind.BAD_GRAPH.with("expected a known word, found another").with("node", 3));
      }
      return Verdict.accepted(new Budget(1, request.length, 1, 1));
    }

    private static void think(long millis) {
      THINKING.incrementAndGet();
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        THINKING.decrementAndGet();
      }
    }

    /** Echoes are alike, and so are the others that say so. */
    @Override
    public Optional<BatchKey> batchKey(byte[] request) {
      String word = new String(request, StandardCharsets.UTF_8).split(" ")[0];
      return word.equals("echo") || word.equals("alike")
          ? Optional.of(new BatchKey(word, new Budget(1, request.length, 1, 1)))
          : Optional.empty();
    }
  }

  @Override
  public JobExecutor open(ModelSpec spec) {
    OPENED.incrementAndGet();
    if (spec.settings().startsWith("loads ")) {
      TestCheck.think(Long.parseLong(spec.settings().substring(6)));
    }
    if (!spec.location().isEmpty() && !Files.exists(Path.of(spec.location()))) {
      throw new IllegalStateException("a model that cannot be loaded: " + spec.location());
    }
    return new TestExecutor();
  }

  /** What the job with this request has to give. */
  public static byte[] result(String request) {
    return Safetensors.toBytes(tensors(request), Map.of());
  }

  private static Map<String, Tensor> tensors(String request) {
    String[] words = request.split(" ");
    if (words[0].equals("big")) {
      return Map.of(
          "big",
          Tensor.of(new long[Integer.parseInt(words[1]) / 8], Integer.parseInt(words[1]) / 8));
    }
    long[] characters = request.chars().asLongStream().toArray();
    return Map.of("echo", Tensor.of(characters, characters.length));
  }

  private static final class TestExecutor implements JobExecutor {
    @Override
    public void execute(byte[] request, Path result, Run run) throws IOException {
      String text = new String(request, StandardCharsets.UTF_8);
      if (text.startsWith("echo timed")) {
        STARTED.put(text, System.nanoTime());
      }
      String[] words = text.split(" ");
      switch (words[0]) {
        case "row" -> {
          run.result(TestKind.result(text));
          return;
        }
        case "sleep" -> pause(Long.parseLong(words[1]), run);
        case "steps" -> steps(Integer.parseInt(words[1]), Long.parseLong(words[2]), run);
        case "fail" ->
            throw new ProblemException(
                ProblemKind.RUN_FAILED
                    .with(text.substring(5))
                    .with("node", 7)
                    .with("module", "transformer.h.3.mlp")
                    .with("line", "Experiment.java:42"));
        case "throw" -> throw new IllegalStateException("a secret of the server");
        case "crash" -> Runtime.getRuntime().halt(139);
        case "crash-first" -> crashOnce(Path.of(words[1]));
        case "hang" ->
            hang(words.length > 1 ? Long.parseLong(words[1]) : Long.MAX_VALUE / 2_000_000);
        case "slowly" -> slowly(result, Long.parseLong(words[1]), Long.parseLong(words[2]));
        case "fill" -> fill(Integer.parseInt(words[1]));
        case "print" -> {
          // Past System.out, as native libraries do.
          try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            out.write(
                "Intel MKL ERROR: Parameter 4\n".repeat(1000).getBytes(StandardCharsets.UTF_8));
          }
        }
        default -> {}
      }
      Safetensors.write(
          result,
          tensors(text.equals("environment") ? new TreeMap<>(System.getenv()).toString() : text),
          Map.of());
    }

    /** Takes this many MiB outside the heap, one after the other. */
    private static void fill(int megabytes) {
      List<ByteBuffer> taken = new ArrayList<>();
      for (int i = 0; i < megabytes; i++) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        for (int page = 0; page < buffer.capacity(); page += 4096) {
          buffer.put(page, (byte) 1);
        }
        taken.add(buffer);
        pause(1, null);
      }
    }

    /**
     * After {@code alike} comes what happens to the run that such a request shares: {@code sleep
     * MILLIS}, {@code crash-first FILE}, {@code throw} or {@code apart}.
     */
    @Override
    public Set<Integer> executeTogether(List<byte[]> requests, List<Path> results, long memory)
        throws IOException {
      Set<Integer> done = new HashSet<>();
      for (int place = 0; place < requests.size(); place++) {
        String text = new String(requests.get(place), StandardCharsets.UTF_8);
        String[] words = text.split(" ");
        String what = words[0].equals("alike") && words.length > 1 ? words[1] : "";
        switch (what) {
          case "sleep" -> pause(Long.parseLong(words[2]), null);
          case "crash-first" -> crashOnce(Path.of(words[2]));
          case "throw" -> throw new IllegalStateException("nothing is shared");
          default -> {}
        }
        if (!what.equals("apart")) {
          Safetensors.write(results.get(place), tensors(text), Map.of());
          done.add(place);
        }
      }
      return done;
    }

    /** As one long kernel: nothing is noticed before its end. */
    private static void hang(long millis) {
      long end = System.nanoTime() + millis * 1_000_000;
      boolean interrupted = false;
      while (System.nanoTime() < end) {
        try {
          Thread.sleep(5);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    /** Writes this many bytes as part of the result, which takes a while. */
    private static void slowly(Path result, long bytes, long millis) throws IOException {
      Path part = Files.createTempFile(result.getParent(), result.getFileName() + ".", ".part");
      Files.write(part, new byte[(int) bytes]);
      hang(millis);
      Files.delete(part);
    }

    private static void crashOnce(Path marker) throws IOException {
      if (!Files.exists(marker)) {
        Files.createFile(marker);
        Runtime.getRuntime().halt(139);
      }
    }

    private static void steps(int steps, long millis, Run run) {
      for (int i = 0; i < steps; i++) {
        pause(millis, run);
        run.progress(i + 1, steps, "step");
      }
    }

    private static void pause(long millis, Run run) {
      long end = System.nanoTime() + millis * 1_000_000;
      while (System.nanoTime() < end) {
        if (run != null) {
          run.check();
        }
        try {
          Thread.sleep(Math.min(5, millis));
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public void close() {}
  }
}
