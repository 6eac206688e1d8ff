package org.nnsight4j.cli;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;

/** A first descriptor from a snapshot: right about names and shapes, to be read by its author. */
final class DescriptorSource {
  private static final Layer UNKNOWN =
      new Layer(null, null, null, null, null, null, java.util.Collections.emptySortedMap());

  private final LayerSnapshot snapshot;
  private final String packageName;
  private final String typeName;
  private final @Nullable String pinned;
  private final Set<String> types = new LinkedHashSet<>();
  private final Set<String> axes = new TreeSet<>();
  private final Map<String, Node> tree = new LinkedHashMap<>();

  private record Node(String name, String path, Layer layer, Map<String, Node> children) {
    boolean repeats() {
      return path.endsWith(".*");
    }
  }

  DescriptorSource(
      LayerSnapshot snapshot, String packageName, String name, @Nullable String pinned) {
    this.snapshot = snapshot;
    this.packageName = packageName;
    this.typeName = JavaNames.capitalised(name);
    this.pinned = pinned;
    types.addAll(
        Set.of(
            "Architecture",
            "At",
            "Axis",
            "Index",
            "Layer",
            "Pair",
            "Pinned",
            "Shape",
            "Site",
            "Transform",
            "TupleLayer",
            typeName));
    snapshot.modules().forEach(this::place);
    snapshot.modules().values().forEach(this::axesOf);
    axes.forEach(axis -> types.add(JavaNames.capitalised(axis)));
  }

  String typeName() {
    return typeName;
  }

  private void place(String path, Layer layer) {
    Map<String, Node> level = tree;
    String[] names = path.replace(".*", "*").split("\\.");
    StringBuilder above = new StringBuilder();
    for (String name : names) {
      if (name.isEmpty()) {
        return; // the whole model
      }
      String plain = name.replace("*", "");
      above.append(above.isEmpty() ? "" : ".").append(name.replace("*", ".*"));
      String here = above.toString();
      Layer known = snapshot.modules().getOrDefault(here, UNKNOWN);
      level =
          level
              .computeIfAbsent(name, any -> new Node(plain, here, known, new LinkedHashMap<>()))
              .children();
    }
  }

  private void axesOf(Layer layer) {
    if (layer.input() != null) {
      axes.add(layer.input());
    }
    if (layer.output() != null) {
      axes.add(layer.output());
    }
  }

  String text() {
    Layer whole = snapshot.modules().getOrDefault("", UNKNOWN);
    StringBuilder nested = new StringBuilder();
    String children = children(tree, nested, "  ");
    String widths =
        axes.stream()
            .map(
                axis ->
                    "\n  /** %s. */\n  interface %s extends Axis {}\n"
                        .formatted(
                            snapshot.widths().containsKey(axis)
                                ? snapshot.widths().get(axis) + " wide"
                                : "As long as the run makes it",
                            JavaNames.capitalised(axis)))
            .collect(Collectors.joining());
    return """
        package %s;

        import org.nnsight4j.arch.*;
        import org.nnsight4j.tensor.Axis;

        /**
         * %s: a first descriptor by {@code nnsight4j describe --java}. %s
         */
        @Architecture("%s")
        %spublic interface %s extends %s {
        %s%s%s}
        """
        .formatted(
            packageName,
            text(snapshot.architecture()),
            snapshot.complete()
                ? "Read it, and give its axes the names you like."
                : "Read it: which layers return a\n * tuple (TupleLayer), and what has no weights, a checkpoint does not tell.",
            snapshot.architecture(),
            pinned == null ? "" : "@Pinned(\"" + pinned + "\")\n",
            typeName,
            kind(whole, typeName + "."),
            children,
            nested,
            widths);
  }

  private String children(Map<String, Node> nodes, StringBuilder nested, String indent) {
    StringBuilder text = new StringBuilder();
    Set<String> methods = new LinkedHashSet<>(JavaNames.TAKEN);
    for (Node node : nodes.values()) {
      String method = JavaNames.methodName(node.name(), methods);
      String type = node.children().isEmpty() ? kind(node.layer(), "") : interfaceOf(node, nested);
      text.append(text.isEmpty() ? "" : "\n")
          .append("%s/** %s */\n".formatted(indent, javadoc(node)));
      if (!method.equals(node.name())) {
        text.append("%s@At(\"%s\")\n".formatted(indent, node.name()));
      }
      if (isValue(node.layer()) && node.layer().shape() != null) {
        text.append(
            "%s@Shape(\"%s\")\n"
                .formatted(indent, node.layer().shape().replaceAll(" \\d+(?=[,\\]])", "")));
      }
      text.append(
          "%s%s %s(%s);\n".formatted(indent, type, method, node.repeats() ? index(node) : ""));
    }
    return text.toString();
  }

  private String interfaceOf(Node node, StringBuilder nested) {
    String name = JavaNames.unique(typeNameOf(node), types);
    StringBuilder inner = new StringBuilder();
    String below = children(node.children(), inner, "    ");
    nested
        .append(
            "\n  /** %s */\n  interface %s extends %s {\n%s  }\n"
                .formatted(javadoc(node), name, kind(node.layer(), ""), below))
        .append(inner);
    return name;
  }

  private String typeNameOf(Node node) {
    String type = node.layer().type();
    if (type != null && SourceVersion.isIdentifier(type)) {
      String rest =
          type.toLowerCase(Locale.ROOT).startsWith(snapshot.architecture())
              ? type.substring(snapshot.architecture().length())
              : type;
      return rest.isEmpty() ? type : JavaNames.capitalised(rest);
    }
    return node.repeats() && node.name().matches("h|layers?|blocks?")
        ? "Block"
        : JavaNames.capitalised(node.name());
  }

  private String kind(Layer layer, String prefix) {
    String output =
        layer.output() == null ? "Axis" : prefix + JavaNames.capitalised(layer.output());
    if (isValue(layer)) {
      return "Site<" + output + ">";
    }
    if (layer.tuple() != null) {
      return (layer.tuple().size() == 2 ? "Pair<" : "TupleLayer<") + output + ">";
    }
    return layer.input() == null
        ? "Layer<" + output + ">"
        : "Transform<" + prefix + JavaNames.capitalised(layer.input()) + ", " + output + ">";
  }

  private static boolean isValue(Layer layer) {
    return "inner value".equals(layer.type()) || "keyword input".equals(layer.type());
  }

  private String index(Node node) {
    Integer count = node.layer().count();
    String key =
        snapshot.counts().entrySet().stream()
            .filter(entry -> entry.getValue().equals(count))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse("num_hidden_layers");
    return pinned == null || count == null
        ? "@Index(\"" + key + "\") int layer"
        : "@Index(value = \"%s\", count = %d) int layer".formatted(key, count);
  }

  private String javadoc(Node node) {
    Layer layer = node.layer();
    String shape =
        layer.weights().entrySet().stream()
            .map(weight -> weight.getKey() + " " + weight.getValue())
            .collect(Collectors.joining(", "));
    String output =
        layer.shape() != null
            ? ": " + text(layer.shape())
            : layer.tuple() != null
                ? ": a tuple of " + text(String.join(" and ", layer.tuple()))
                : layer.output() == null
                    ? ""
                    : ": [..., %s%s]"
                        .formatted(
                            layer.output(),
                            snapshot.widths().containsKey(layer.output())
                                ? " " + snapshot.widths().get(layer.output())
                                : "");
    return "%s%s%s%s."
        .formatted(
            text(node.path()),
            layer.type() == null ? "" : ", " + text(layer.type()),
            output,
            shape.isEmpty() ? "" : "; " + text(shape));
  }

  /** Names of a checkpoint can hold anything, also the end of a comment. */
  private static String text(String name) {
    StringBuilder text = new StringBuilder();
    name.chars()
        .forEach(
            c -> {
              if (Character.isLetterOrDigit(c) || " ._*-[],".indexOf(c) >= 0) {
                text.append((char) c);
              } else {
                text.append("&#").append(c).append(';');
              }
            });
    return text.toString();
  }
}
