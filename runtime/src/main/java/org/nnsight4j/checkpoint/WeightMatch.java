package org.nnsight4j.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.Shown;
import org.nnsight4j.internal.spelling.EditDistance;

/** Pairs the weights that an architecture needs with those that a checkpoint has. */
public final class WeightMatch {
  private static final int SHOWN = 10;

  private final Map<String, long[]> expected;
  private final Map<String, TensorEntry> found;
  private final List<Pattern> ignorable;
  private final String prefix;
  private final String leftOut;

  private final TreeMap<String, TensorEntry> matched = new TreeMap<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> wrongShape = new ArrayList<>();
  private final TreeSet<String> unexpected = new TreeSet<>();

  private WeightMatch(
      Map<String, long[]> expected,
      Map<String, TensorEntry> found,
      List<Pattern> ignorable,
      String prefix) {
    this.expected = expected;
    this.found = found;
    this.ignorable = ignorable;
    this.prefix = prefix;
    // Once for the whole checkpoint: a mixture of both is damage, not a format.
    boolean present = found.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    this.leftOut = present ? "" : prefix;
  }

  /**
   * Finds each expected weight.
   *
   * @param expected the shape of each weight by its full name
   * @param ignorable regular expressions for whole names that a checkpoint may have in addition
   * @param optionalPrefix what a checkpoint may leave out at the start of all its names, for
   *     example {@code transformer.} in the first GPT-2 upload; empty if nothing
   * @return an entry for each expected name, sorted
   * @throws CheckpointException listing all missing, unexpected and wrongly shaped weights
   */
  public static Map<String, TensorEntry> match(
      Map<String, long[]> expected,
      Set<String> ignorable,
      String optionalPrefix,
      Checkpoint checkpoint) {
    WeightMatch match =
        new WeightMatch(
            expected,
            checkpoint.tensors(),
            ignorable.stream().map(Pattern::compile).toList(),
            optionalPrefix);
    match.compare();
    match.refuse(checkpoint);
    return Collections.unmodifiableMap(match.matched);
  }

  private void compare() {
    unexpected.addAll(found.keySet());
    new TreeMap<>(expected)
        .forEach(
            (name, shape) -> {
              String stored = storedName(name);
              TensorEntry entry = found.get(stored);
              unexpected.remove(stored);
              if (entry == null) {
                missing.add(name);
              } else if (!Arrays.equals(shape, entry.shape())) {
                wrongShape.add(
                    "%s: expected %s, found %s"
                        .formatted(stored, Arrays.toString(shape), Arrays.toString(entry.shape())));
              } else {
                matched.put(name, entry);
              }
            });
    unexpected.removeIf(this::isIgnorable);
  }

  private String storedName(String name) {
    return name.startsWith(leftOut) ? name.substring(leftOut.length()) : name;
  }

  private boolean isIgnorable(String stored) {
    return ignorable.stream()
        .anyMatch(
            pattern ->
                pattern.matcher(stored).matches() || pattern.matcher(leftOut + stored).matches());
  }

  private void refuse(Checkpoint checkpoint) {
    if (missing.isEmpty() && wrongShape.isEmpty() && unexpected.isEmpty()) {
      return;
    }
    StringBuilder message =
        new StringBuilder(
            "%s: the weights do not fit the architecture; is its config.json from this checkpoint?"
                .formatted(checkpoint.directory()));
    if (!leftOut.isEmpty()) {
      message.append(" (No name starts with \"%s\", so it was left out.)".formatted(prefix));
    }
    list(message, "missing", missing, name -> name + suggestion(name));
    list(message, "of another shape", wrongShape, line -> line);
    list(message, "unexpected", unexpected, name -> name);
    throw new CheckpointException(message.toString());
  }

  private static void list(
      StringBuilder message, String what, Collection<String> names, Function<String, String> line) {
    if (names.isEmpty()) {
      return;
    }
    message.append("\n  %s %s:".formatted(names.size(), what));
    names.stream()
        .limit(SHOWN)
        .forEach(name -> message.append("\n    ").append(Shown.line(line.apply(name))));
    if (names.size() > SHOWN) {
      message.append("\n    and %s more".formatted(names.size() - SHOWN));
    }
  }

  private String suggestion(String missingName) {
    String stored = storedName(missingName);
    String closest = "";
    int least = Math.max(2, stored.length() / 4) + 1;
    for (String candidate : unexpected) {
      int distance = EditDistance.between(stored, candidate, least);
      if (distance < least) {
        least = distance;
        closest = candidate;
      }
    }
    return closest.isEmpty() ? "" : " (did you mean \"%s\"?)".formatted(closest);
  }
}
