package org.nnsight4j.internal.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.spelling.EditDistance;
import org.nnsight4j.internal.spelling.Shown;

/** Pairs the weights that an architecture needs with those that a checkpoint has. */
public final class WeightMatch {
  private static final int SHOWN = 10;

  private final Checkpoint checkpoint;
  private final Map<String, long[]> expected;
  private final Map<String, String> ties;
  private final Map<String, TensorEntry> found;
  private final List<Pattern> ignorable;
  private final StoredNames names;
  private final Map<String, String> prefixes;

  private final TreeMap<String, TensorEntry> matched = new TreeMap<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> wrongShape = new ArrayList<>();
  private final TreeSet<String> unexpected = new TreeSet<>();

  private WeightMatch(
      Checkpoint checkpoint,
      Map<String, long[]> expected,
      Map<String, String> ties,
      List<Pattern> ignorable,
      StoredNames names) {
    this.checkpoint = checkpoint;
    this.expected = expected;
    this.ties = ties;
    this.found = checkpoint.tensors();
    this.ignorable = ignorable;
    this.names = names;
    this.prefixes = names.in(found.keySet(), expected.keySet());
  }

  /**
   * Finds each expected weight.
   *
   * @param expected the shape of each weight by its full name
   * @param ties weights that may also be there, by the expected ones that they replace: the two
   *     have the same shape, and one of them is enough
   * @param ignorable regular expressions for whole names that a checkpoint may have in addition
   * @param names other names that a checkpoint may use, for example without {@code transformer.} as
   *     in the first GPT-2 upload
   * @throws CheckpointException listing all missing, unexpected and wrongly shaped weights, if any
   *     are missing or of another shape
   */
  public static WeightMatch of(
      Map<String, long[]> expected,
      Map<String, String> ties,
      Set<String> ignorable,
      StoredNames names,
      Checkpoint checkpoint) {
    WeightMatch match =
        new WeightMatch(
            checkpoint, expected, ties, ignorable.stream().map(Pattern::compile).toList(), names);
    match.compare();
    if (!match.missing.isEmpty() || !match.wrongShape.isEmpty()) {
      throw match.refusal();
    }
    return match;
  }

  /** {@link #of(Map, Map, Set, StoredNames, Checkpoint)} with everything from a blueprint. */
  public static WeightMatch of(Blueprint blueprint, Checkpoint checkpoint) {
    return of(
        blueprint.parameters(),
        blueprint.ties(),
        blueprint.ignorable(),
        blueprint.storedNames(),
        checkpoint);
  }

  /**
   * An entry for each expected name, and for each tied one that the checkpoint has as well; sorted.
   */
  public Map<String, TensorEntry> entries() {
    return Collections.unmodifiableMap(matched);
  }

  /** The other names in the checkpoint, which the architecture does not use. */
  public SortedSet<String> unexpected() {
    return Collections.unmodifiableSortedSet(unexpected);
  }

  /**
   * @throws CheckpointException if the checkpoint has unexpected weights
   */
  public void requireNothingElse() {
    if (!unexpected.isEmpty()) {
      throw refusal();
    }
  }

  /** A warning about extra weights of a usable checkpoint; empty if there are none. */
  public Optional<String> warning() {
    if (unexpected.isEmpty()) {
      return Optional.empty();
    }
    List<String> some = unexpected.stream().limit(SHOWN).toList();
    return Optional.of(
        "%s: no module takes %s%s, so %s not used"
            .formatted(
                checkpoint.directory(),
                String.join(", ", some),
                unexpected.size() > SHOWN
                    ? " and %s more tensors".formatted(unexpected.size() - SHOWN)
                    : "",
                unexpected.size() == 1 ? "it is" : "they are"));
  }

  private void compare() {
    unexpected.addAll(found.keySet());
    new TreeMap<>(expected)
        .forEach(
            (name, shape) -> {
              String stored = storedName(name);
              TensorEntry entry = found.get(stored);
              unexpected.remove(stored);
              StoredNames.Part part = names.parts().get(name);
              if (entry == null && part != null && found.containsKey(prefixed(part.whole()))) {
                part(name, shape, part);
              } else if (entry == null) {
                missing.add(name);
              } else if (!Arrays.equals(shape, entry.shape())) {
                wrongShape.add(shapes(stored, shape, entry));
              } else {
                matched.put(name, entry);
              }
            });
    ties.forEach(this::tie);
    unexpected.removeIf(this::isIgnorable);
  }

  /** One weight of many that are stored in one tensor: a range of its bytes. */
  private void part(String name, long[] shape, StoredNames.Part part) {
    String stored = prefixed(part.whole());
    TensorEntry whole = Objects.requireNonNull(found.get(stored), stored);
    unexpected.remove(stored);
    long[] expectedShape = part.shape().stream().mapToLong(length -> length).toArray();
    if (!Arrays.equals(expectedShape, whole.shape())) {
      String line = shapes(stored, expectedShape, whole);
      if (!wrongShape.contains(line)) {
        wrongShape.add(line);
      }
      return;
    }
    long bytes = whole.byteLength() / elements(expectedShape);
    matched.put(
        name,
        new TensorEntry(
            whole.file(),
            whole.name(),
            whole.dtype(),
            shape,
            whole.offset() + part.first() * bytes,
            elements(shape) * bytes));
  }

  private static long elements(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  private void tie(String tied, String to) {
    String stored = storedName(tied);
    TensorEntry entry = found.get(stored);
    if (entry == null) {
      return;
    }
    unexpected.remove(stored);
    long[] shape = Objects.requireNonNull(expected.get(to), to);
    if (!Arrays.equals(shape, entry.shape())) {
      wrongShape.add(shapes(stored, shape, entry));
    } else if (missing.remove(to)) {
      matched.put(to, entry);
    } else {
      matched.put(tied, entry);
    }
  }

  private static String shapes(String stored, long[] expected, TensorEntry entry) {
    return "%s: expected %s, found %s"
        .formatted(stored, Arrays.toString(expected), Arrays.toString(entry.shape()));
  }

  /** The name of a weight in this checkpoint; the first possible name if it is missing. */
  private String storedName(String name) {
    String stored = prefixed(name);
    if (found.containsKey(stored)) {
      return stored;
    }
    return names.alternatives().getOrDefault(name, List.of()).stream()
        .flatMap(other -> Stream.of(other, prefixed(other)))
        .filter(found::containsKey)
        .findFirst()
        .orElse(stored);
  }

  private String prefixed(String name) {
    for (Map.Entry<String, String> prefix : prefixes.entrySet()) {
      if (name.startsWith(prefix.getKey())) {
        return prefix.getValue() + name.substring(prefix.getKey().length());
      }
    }
    return name;
  }

  /** Whether a pattern matches its stored name, or the name by its modules. */
  private boolean isIgnorable(String stored) {
    return Stream.concat(
            Stream.of(stored),
            prefixes.entrySet().stream()
                .filter(prefix -> stored.startsWith(prefix.getValue()))
                .map(prefix -> prefix.getKey() + stored.substring(prefix.getValue().length())))
        .anyMatch(name -> ignorable.stream().anyMatch(pattern -> pattern.matcher(name).matches()));
  }

  private CheckpointException refusal() {
    StringBuilder message =
        new StringBuilder(
            "%s: the weights do not fit the architecture; is its config.json from this checkpoint?"
                .formatted(checkpoint.directory()));
    prefixes.forEach(
        (own, stored) -> {
          if (stored.isEmpty()) {
            message.append(" (No name starts with \"%s\", so it was left out.)".formatted(own));
          } else if (!stored.equals(own)) {
            message.append(" (Names start with \"%s\" in place of \"%s\".)".formatted(stored, own));
          }
        });
    list(message, "missing", missing, name -> name + suggestion(name));
    list(message, "of another shape", wrongShape, line -> line);
    list(message, "unexpected", unexpected, name -> name);
    return new CheckpointException(message.toString());
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
