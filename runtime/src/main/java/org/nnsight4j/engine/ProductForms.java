package org.nnsight4j.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;

/**
 * Chooses the {@link ProductForm} of each product: measured when a shape is used for the first time
 * on a machine, read from a {@linkplain FormsFile file} afterwards. Within a process a shape never
 * changes its form. Thread-safe.
 */
final class ProductForms {
  /** Forces one form wherever it is possible; {@code measured} if unset. */
  static final String PROPERTY = "nnsight4j.linear";

  private static final String MEASURED = "measured";

  /** Smaller matrices fit in the caches nearest to a core; {@code torch.linear} suits them. */
  private static final long SMALLEST = 1L << 18;

  /** More rows are measured as so many. */
  private static final long MOST_ROWS = 256;

  /**
   * Bounds a measurement: multiplications, and elements of the part of the matrix. A short one is
   * more often undisturbed by other work of the machine.
   */
  private static final long MOST_WORK = 1L << 25;

  private static final long MOST_ELEMENTS = 1L << 22;

  /** So few rows take about as long as reading the matrix. */
  private static final long FEW_ROWS = 8;

  /** More elements than the caches of a processor hold: 64 MiB. */
  private static final long BEYOND_CACHES = 1L << 24;

  private static final long ENOUGH_NANOS = 400_000_000;
  private static final int FEWEST_ROUNDS = 12;

  /** Another form is taken only if it needs at most this part of the time of the plain one. */
  private static final double CLEARLY = 0.92;

  /** Two times are one if their ratio is less. */
  private static final double SAME = 1.03;

  private static final Map<Shape, ProductForm> KNOWN = new ConcurrentHashMap<>();

  private ProductForms() {}

  /**
   * What a choice depends on.
   *
   * @param layout how the matrix lies in memory
   * @param rows the largest number of rows that share the choice
   */
  record Shape(Linear.Layout layout, long out, long in, long rows, int threads) {
    static Shape of(Linear.Layout layout, long out, long in, long rows, int threads) {
      long bucket = 1;
      while (bucket < rows && bucket < MOST_ROWS) {
        bucket *= 2;
      }
      return new Shape(layout, out, in, bucket, threads);
    }
  }

  /** The form of the product of some rows and a matrix {@code [out, in]} of the run's type. */
  static ProductForm of(Linear.Layout layout, NDArray weight, long out, long in, long rows) {
    ProductForm pinned = PinnedKernels.form();
    if (pinned != null) {
      return pinned.fits(layout, out, in, rows) ? pinned : ProductForm.LINEAR;
    }
    String forced = setting();
    if (!forced.equals(MEASURED)) {
      ProductForm form = forced(forced);
      return form.fits(layout, out, in, rows) ? form : ProductForm.LINEAR;
    }
    if (out * in < SMALLEST) {
      return ProductForm.LINEAR;
    }
    Shape shape = Shape.of(layout, out, in, rows, TorchEngine.threads());
    ProductForm known = KNOWN.get(shape);
    return known != null ? known : choose(shape, weight);
  }

  /** What the property says. */
  static String setting() {
    return System.getProperty(PROPERTY, MEASURED);
  }

  private static ProductForm forced(String text) {
    try {
      return ProductForm.of(text);
    } catch (IllegalArgumentException e) {
      throw new RunException(
          "the property %s: %s, or measured".formatted(PROPERTY, e.getMessage()), e);
    }
  }

  private static synchronized ProductForm choose(Shape shape, NDArray weight) {
    ProductForm known = KNOWN.get(shape);
    if (known != null) {
      return known;
    }
    Optional<FormsFile> file = FormsFile.usual();
    ProductForm chosen =
        file.isPresent()
            ? file.get().find(shape, () -> measured(shape, weight))
            : measured(shape, weight);
    KNOWN.put(shape, chosen);
    return chosen;
  }

  private static ProductForm measured(Shape shape, NDArray weight) {
    long[] all = {shape.out(), shape.in()};
    long count = Math.min(MOST_ELEMENTS, MOST_WORK / shape.rows()) / all[1] / 8 * 8;
    count = Math.min(all[0], Math.max(8, count));
    List<NDArray> parts = new ArrayList<>();
    try (Arena arena = Arena.open()) {
      TorchOps ops = TorchOps.get();
      NDArray rows = ops.call(arena, "some_rows", shape.rows(), shape.in());
      for (long begin = 0; begin + count <= all[0] && parts.size() < 8; begin += count) {
        NDArray part = ops.call(arena, "matrix_part", weight, begin, count);
        // All columns of a matrix [in, out] lie side by side, as those of the whole one do.
        boolean apart = shape.layout() == Linear.Layout.IN_OUT && count < all[0];
        parts.add(apart ? ops.call(arena, "matrix_in_out", part) : part);
      }
      // In a pass, a matrix comes from memory; one that was just used is in a cache.
      while (shape.rows() <= FEW_ROWS && parts.size() * count * all[1] < BEYOND_CACHES) {
        parts.add(ops.call(arena, "clone", parts.get(0)));
      }
      return fastest(fitting(shape, count, rows, parts.get(0)), rows, parts);
    }
  }

  private static List<ProductForm> fitting(Shape shape, long count, NDArray rows, NDArray part) {
    List<ProductForm> forms = new ArrayList<>();
    for (ProductForm form : ProductForm.values()) {
      if (form.fits(shape.layout(), shape.out(), shape.in(), shape.rows())
          && form.fits(shape.layout(), count, shape.in(), shape.rows())) {
        try {
          // The first call also loads what the library needs.
          run(form, rows, part);
          forms.add(form);
        } catch (EngineException e) {
          if (form == ProductForm.LINEAR) {
            throw e;
          }
          // This build of libtorch does not have it.
        }
      }
    }
    return forms;
  }

  private static ProductForm fastest(List<ProductForm> forms, NDArray rows, List<NDArray> parts) {
    Map<ProductForm, Times> times = new EnumMap<>(ProductForm.class);
    forms.forEach(form -> times.put(form, new Times()));
    long begin = System.nanoTime();
    for (int round = 0; System.nanoTime() - begin < ENOUGH_NANOS; round++) {
      int part = round * times.size();
      for (Map.Entry<ProductForm, Times> each : times.entrySet()) {
        each.getValue().add(run(each.getKey(), rows, parts.get(part % parts.size())));
        part++;
      }
      if (round + 1 >= FEWEST_ROUNDS && times.values().stream().allMatch(Times::settled)) {
        break;
      }
    }
    return fastest(times);
  }

  private static ProductForm fastest(Map<ProductForm, Times> times) {
    ProductForm best = ProductForm.LINEAR;
    double least = Objects.requireNonNull(times.get(best)).least * CLEARLY;
    for (Map.Entry<ProductForm, Times> each : times.entrySet()) {
      if (each.getValue().least < least) {
        best = each.getKey();
        least = each.getValue().least;
      }
    }
    return best;
  }

  /** The two shortest times, which other work of the machine disturbed least. */
  private static final class Times {
    private long least = Long.MAX_VALUE;
    private long second = Long.MAX_VALUE;

    void add(long nanos) {
      second = Math.min(second, Math.max(least, nanos));
      least = Math.min(least, nanos);
    }

    boolean settled() {
      return second < least * SAME;
    }
  }

  private static long run(ProductForm form, NDArray rows, NDArray part) {
    try (Arena arena = Arena.open()) {
      long begin = System.nanoTime();
      TorchOps.get().call(arena, "product_no_bias", rows, part, (long) form.ordinal());
      return System.nanoTime() - begin;
    }
  }

  /** Forgets what this process has chosen. */
  static void forget() {
    KNOWN.clear();
  }

  /** For tests and reports. */
  static @Nullable ProductForm known(Shape shape) {
    return KNOWN.get(shape);
  }

  /** All forms as words. */
  static List<String> words() {
    return Arrays.stream(ProductForm.values()).map(ProductForm::text).toList();
  }
}
