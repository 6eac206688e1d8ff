package org.nnsight4j;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Site;
import org.nnsight4j.internal.spelling.EditDistance;
import org.nnsight4j.tensor.DType;

/**
 * What {@link Invoker#cache} records (nnsight's {@code tracer.cache(...)}). Immutable: each method
 * returns new options.
 *
 * <p>A cache holds the values of sites after all writes. They are in host memory, whatever the
 * model runs on.
 */
public final class CacheOptions {
  private static final int NEAREST = 5;

  private final @Nullable List<String> paths;
  private final boolean inputs;
  private final boolean outputs;
  private final int @Nullable [] positions;
  private final @Nullable DType dtype;
  private final boolean allSteps;

  private CacheOptions(
      @Nullable List<String> paths,
      boolean inputs,
      boolean outputs,
      int @Nullable [] positions,
      @Nullable DType dtype,
      boolean allSteps) {
    this.paths = paths;
    this.inputs = inputs;
    this.outputs = outputs;
    this.positions = positions;
    this.dtype = dtype;
    this.allSteps = allSteps;
  }

  /** The outputs of all modules, without their named inner values. */
  public static CacheOptions all() {
    return new CacheOptions(null, false, true, null, null, false);
  }

  /**
   * The outputs of the modules and inner values whose paths match one of the patterns: {@code *}
   * matches one name, {@code **} any number of names, as in {@code transformer.h.*.mlp}.
   */
  public static CacheOptions paths(String... patterns) {
    List<String> copy = Arrays.stream(patterns).map(Objects::requireNonNull).toList();
    return new CacheOptions(copy, false, true, null, null, false);
  }

  /** The outputs of these layers and sites of a model. */
  public static CacheOptions of(Object... layers) {
    return paths(Arrays.stream(layers).map(Site::path).toArray(String[]::new));
  }

  /** Also inputs. */
  public CacheOptions withInputs() {
    return new CacheOptions(paths, true, outputs, positions, dtype, allSteps);
  }

  /** Inputs, but no outputs. */
  public CacheOptions inputsOnly() {
    return new CacheOptions(paths, true, false, positions, dtype, allSteps);
  }

  /**
   * Only some tokens of each row, never padding; negative positions count from the row's end. The
   * axis stays, with one element for each token.
   */
  public CacheOptions positions(int... tokens) {
    return new CacheOptions(paths, inputs, outputs, tokens.clone(), dtype, allSteps);
  }

  /** Converts floating-point values to another data type. */
  public CacheOptions dtype(DType type) {
    return new CacheOptions(paths, inputs, outputs, positions, type, allSteps);
  }

  /** Caches at each step of generation, not only at the current one. */
  public CacheOptions allSteps() {
    return new CacheOptions(paths, inputs, outputs, positions, dtype, true);
  }

  boolean inputs() {
    return inputs;
  }

  boolean outputs() {
    return outputs;
  }

  boolean everyStep() {
    return allSteps;
  }

  int @Nullable [] tokens() {
    return positions;
  }

  @Nullable DType type() {
    return dtype;
  }

  /** The patterns, or null for all modules. */
  @Nullable List<String> patterns() {
    return paths;
  }

  /** Advice for a pattern that matches nothing: the nearest patterns that would. */
  static String nearest(String pattern, Set<String> paths) {
    // One for all layers; a pattern may begin in the middle of a path.
    Set<String> names = new LinkedHashSet<>();
    for (String path : paths) {
      String general = path.replaceAll("\\.\\d+(?=\\.|$)", ".*");
      names.add(general);
      for (int dot = general.indexOf('.'); dot > 0; dot = general.indexOf('.', dot + 1)) {
        names.add("**." + general.substring(dot + 1));
      }
    }
    names.remove("");
    Map<String, Integer> distances = new LinkedHashMap<>();
    for (String name : names) {
      boolean anywhere = name.startsWith("**.") && !pattern.startsWith("**");
      String compared = anywhere ? name.substring("**.".length()) : name;
      distances.put(name, EditDistance.between(pattern, compared, Integer.MAX_VALUE));
    }
    List<String> nearest =
        distances.entrySet().stream()
            .sorted(Map.Entry.comparingByValue())
            .limit(NEAREST)
            .map(Map.Entry::getKey)
            .toList();
    return "the nearest are %s (* is one name, ** any number)".formatted(nearest);
  }

  /** Whether a path matches a pattern. */
  static boolean matches(String pattern, String path) {
    String regex =
        Arrays.stream(pattern.split("\\.", -1))
            .map(
                name ->
                    name.equals("**")
                        ? ".*"
                        : Arrays.stream(name.split("\\*", -1))
                            .map(Pattern::quote)
                            .collect(Collectors.joining("[^.]*")))
            .collect(Collectors.joining("\\."));
    return Pattern.matches(regex, path);
  }
}
