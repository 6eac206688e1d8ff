package org.nnsight4j.internal.plan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * Upper bounds for the computation and memory of a model's forward passes, from its parameters and
 * the shapes at its sites alone. Thread-safe.
 */
public final class ForwardCost {
  private static final int FLOAT = 4;

  /** The largest number of arrays of a site's size that are made between two sites. */
  private static final int ARRAYS = 3;

  /** The largest number of operations for each element of a site. */
  private static final int STEPS = 16;

  private final Blueprint blueprint;
  private final WeightBytes weights;
  private final Map<String, Part> parts = new ConcurrentHashMap<>();

  public ForwardCost(Blueprint blueprint) {
    this(blueprint, WeightBytes.NONE);
  }

  /** The same where weights are converted at each use. */
  public ForwardCost(Blueprint blueprint, WeightBytes weights) {
    this.blueprint = blueprint;
    this.weights = weights;
  }

  /**
   * The passes of a run.
   *
   * @param rows the largest number of rows, in all passes
   * @param tokens the largest number of tokens of a row, including new ones
   * @param passes how many passes compute all positions: 1 with a cache
   */
  public record Size(long rows, long tokens, long passes) {}

  /** Additions and multiplications of all passes. */
  public long flops(Size size) {
    return part("").flops(size);
  }

  /** Bytes in use at the same time. */
  public long bytes(Size size, boolean gradients) {
    return Dim.sum(part("").bytes(size, gradients), gradients ? weights.all() : weights.largest());
  }

  /** Additions and multiplications of one call of a module. */
  public long flops(String module, Size size) {
    return part(module).flops(size);
  }

  /** Bytes that one call of a module uses at the same time. */
  public long bytes(String module, Size size, boolean gradients) {
    // What it converts is gone when the next thing is; with gradients it stays, once more.
    boolean kept = gradients && weights.all() > 0;
    return Dim.sum(part(module).bytes(size, gradients), kept ? part(module).weights() : 0);
  }

  /** The elements that a site has for all rows of a pass. */
  public static long elements(Dims site, Size size) {
    long elements = 1;
    for (Dim dim : site.axes()) {
      long length =
          dim.isKnown()
              ? dim.size()
              : dim.is(Dim.BATCH)
                  ? size.rows()
                  : dim.is(Dim.TOKEN) ? Dim.product(size.rows(), size.tokens()) : size.tokens();
      elements = Dim.product(elements, length);
    }
    return elements;
  }

  private Part part(String module) {
    Part known = parts.get(module);
    if (known == null) {
      known = new Part(blueprint, module);
      parts.put(module, known);
    }
    return known;
  }

  /**
   * The cost of a module: the part that grows with the tokens, and the part that grows with their
   * square.
   */
  private static final class Part {
    private final long parameters;
    private long linear;
    private long square;
    private long products;
    private long cached;
    private long largestLinear;
    private long largestSquare;

    Part(Blueprint blueprint, String module) {
      String prefix = module.isEmpty() ? "" : module + ".";
      this.parameters =
          blueprint.parameters().entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(prefix))
              .mapToLong(entry -> Arrays.stream(entry.getValue()).reduce(1, Dim::product))
              .reduce(0, Dim::sum);
      List<SiteSpec> sites =
          blueprint.sites().stream()
              .filter(
                  site ->
                      site.key().module().startsWith(prefix) || site.key().module().equals(module))
              .toList();
      Map<String, long[]> layers = new HashMap<>();
      Map<String, Long> heads = new HashMap<>();
      for (SiteSpec site : sites) {
        Dims dims = site.meta().dims();
        long known = known(dims);
        long[] layer = layers.computeIfAbsent(layer(site.key().module()), name -> new long[2]);
        boolean pairs = dims.find(Dim.POSITION) >= 0 && dims.find(Dim.KEY) >= 0;
        layer[pairs ? 1 : 0] = Dim.sum(layer[pairs ? 1 : 0], known);
        if (!pairs && dims.rank() > 3) {
          String parent = parent(site.key().module());
          heads.merge(parent, dims.get(-1).most(), Math::max);
          cached = Dim.sum(cached, known);
        }
      }
      for (SiteSpec site : sites) {
        Dims dims = site.meta().dims();
        if (dims.find(Dim.POSITION) >= 0 && dims.find(Dim.KEY) >= 0) {
          long width = heads.getOrDefault(parent(site.key().module()), 0L);
          products = Dim.sum(products, Dim.product(known(dims), width));
        }
      }
      layers.forEach(
          (name, layer) -> {
            linear = Dim.sum(linear, layer[0]);
            square = Dim.sum(square, layer[1]);
            if (!name.isEmpty()) {
              largestLinear = Math.max(largestLinear, layer[0]);
              largestSquare = Math.max(largestSquare, layer[1]);
            }
          });
      long[] outside = layers.getOrDefault("", new long[2]);
      largestLinear = Dim.sum(largestLinear, outside[0]);
      largestSquare = Dim.sum(largestSquare, outside[1]);
    }

    private static long known(Dims dims) {
      return dims.axes().stream().filter(Dim::isKnown).mapToLong(Dim::size).reduce(1, Dim::product);
    }

    /** The path up to its first number; everything outside repeated modules is taken together. */
    private static String layer(String module) {
      StringBuilder path = new StringBuilder();
      for (String word : module.split("\\.")) {
        path.append(word).append('.');
        if (!word.isEmpty() && word.chars().allMatch(Character::isDigit)) {
          return path.toString();
        }
      }
      return "";
    }

    private static String parent(String module) {
      return module.substring(0, Math.max(0, module.lastIndexOf('.')));
    }

    /** The bytes of all weights after their conversion. */
    long weights() {
      return Dim.product(FLOAT, parameters);
    }

    long flops(Size size) {
      long cells = Dim.product(size.rows(), size.tokens());
      long pairs = Dim.product(cells, size.tokens());
      // Each pair of positions is multiplied once for the scores and once for the mixed values.
      long each =
          Dim.sum(
              Dim.product(cells, Dim.sum(2 * parameters, Dim.product(STEPS, linear))),
              Dim.product(pairs, Dim.sum(Dim.product(4, products), Dim.product(STEPS, square))));
      return Dim.product(each, size.passes());
    }

    long bytes(Size size, boolean gradients) {
      long cells = Dim.product(size.rows(), size.tokens());
      long pairs = Dim.product(cells, size.tokens());
      // The backward pass needs the intermediate results of all layers.
      long kept =
          Dim.sum(
              Dim.product(cells, gradients ? linear : largestLinear),
              Dim.product(pairs, gradients ? square : largestSquare));
      return Dim.product(FLOAT, Dim.sum(Dim.product(ARRAYS, kept), Dim.product(cells, cached)));
    }
  }
}
