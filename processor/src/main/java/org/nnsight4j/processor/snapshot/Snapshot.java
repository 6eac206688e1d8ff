package org.nnsight4j.processor.snapshot;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The modules of one checkpoint, by path; a repeated module has {@code *} in place of its number.
 *
 * @param file the name of the file
 * @param complete whether it includes modules without weights
 * @param counts how many repeated modules there are, by the key of config.json
 * @param widths the lengths of the axes, by name in lower case
 */
public record Snapshot(
    String file,
    String architecture,
    boolean complete,
    Map<String, Integer> counts,
    Map<String, Integer> widths,
    Map<String, Module> modules) {

  private static final BigDecimal FORMAT = BigDecimal.valueOf(2);

  /**
   * One module, as far as the file describes it.
   *
   * @param type the Hugging Face class
   * @param input the axis of its input's width
   * @param output the axis of its output's width
   * @param shape the whole shape of its output, if that is a tensor
   * @param tuple the shapes of its elements, if it is a tuple
   * @param count how often it repeats
   */
  public record Module(
      String path,
      Optional<String> type,
      Optional<String> input,
      Optional<String> output,
      Optional<String> shape,
      Optional<List<String>> tuple,
      Optional<Integer> count) {
    /** 0 for a tensor; empty if the file does not say. */
    public Optional<Integer> tupleSize() {
      return tuple.map(List::size).or(() -> shape.map(tensor -> 0));
    }

    /** The shapes of a tuple's elements, or of the one tensor; none if the file does not say. */
    public List<String> shapes() {
      return tuple.orElseGet(() -> shape.stream().toList());
    }

    /** For example {@code c_fc (Conv1D)}. */
    public String title() {
      String name = path.replaceFirst("\\.\\*$", "").replaceFirst("^.*\\.", "");
      return type.map(type -> name + " (" + type + ")").orElse(name);
    }
  }

  /** Parses a snapshot. */
  public static Snapshot parse(String file, String text) throws BadSnapshotException {
    Map<String, Object> root = object(JsonText.parse(text), "the file");
    Object format = root.get("format");
    if (BigDecimal.ONE.equals(format)) {
      throw new BadSnapshotException("format 1 knows no tuples");
    }
    if (!FORMAT.equals(format)) {
      throw new BadSnapshotException(
          "expected \"format\": 2, found " + (format == null ? "none" : format));
    }
    Map<String, Module> modules = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry :
        object(require(root, "modules"), "\"modules\"").entrySet()) {
      String path = entry.getKey();
      Map<String, Object> module = object(entry.getValue(), "the module \"" + path + "\"");
      modules.put(
          path,
          new Module(
              path,
              text(module, "class"),
              text(module, "input"),
              text(module, "output"),
              text(module, "shape"),
              texts(module, "tuple"),
              module.containsKey("count")
                  ? Optional.of(number(module.get("count"), "count"))
                  : Optional.empty()));
    }
    return new Snapshot(
        file,
        architecture(root),
        complete(root),
        numbers(root, "counts"),
        numbers(root, "widths"),
        modules);
  }

  private static String architecture(Map<String, Object> root) throws BadSnapshotException {
    return text(root, "architecture")
        .orElseThrow(() -> new BadSnapshotException("expected \"architecture\", found none"));
  }

  private static boolean complete(Map<String, Object> root) throws BadSnapshotException {
    if (require(root, "complete") instanceof Boolean complete) {
      return complete;
    }
    throw new BadSnapshotException("expected true or false as \"complete\"");
  }

  private static Object require(Map<String, Object> object, String key)
      throws BadSnapshotException {
    Object value = object.get(key);
    if (value == null) {
      throw new BadSnapshotException("expected \"" + key + "\", found none");
    }
    return value;
  }

  @SuppressWarnings("unchecked") // The parser's maps have strings as keys.
  private static Map<String, Object> object(Object value, String what) throws BadSnapshotException {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new BadSnapshotException("expected an object as " + what);
  }

  private static Optional<String> text(Map<String, Object> object, String key)
      throws BadSnapshotException {
    Object value = object.get(key);
    if (value == null || value instanceof String) {
      return Optional.ofNullable((String) value);
    }
    throw new BadSnapshotException("expected a string as \"" + key + "\"");
  }

  private static Optional<List<String>> texts(Map<String, Object> object, String key)
      throws BadSnapshotException {
    Object value = object.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof List<?> list
        && !list.isEmpty()
        && list.stream().allMatch(String.class::isInstance)) {
      return Optional.of(list.stream().map(String.class::cast).toList());
    }
    throw new BadSnapshotException("expected an array of strings as \"" + key + "\"");
  }

  private static Map<String, Integer> numbers(Map<String, Object> root, String key)
      throws BadSnapshotException {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : object(require(root, key), '"' + key + '"').entrySet()) {
      numbers.put(entry.getKey(), number(entry.getValue(), entry.getKey()));
    }
    return numbers;
  }

  private static int number(Object value, String key) throws BadSnapshotException {
    try {
      if (value instanceof BigDecimal number && number.signum() > 0) {
        return number.intValueExact();
      }
    } catch (ArithmeticException e) {
      // Reported below.
    }
    throw new BadSnapshotException("expected an integer above 0 as \"" + key + "\"");
  }
}
