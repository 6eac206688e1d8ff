package org.nnsight4j.cli;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.JavaFile;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.internal.pin.CountKeys;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.tensor.Axis;

/**
 * A first draft of a descriptor from a snapshot: right about names and shapes, for its author to
 * review. Text from a checkpoint becomes literals and comments; Java names contain only letters and
 * digits.
 */
final class DescriptorSource {
  private final LayerSnapshot snapshot;
  private final ClassName type;
  private final @Nullable String pinned;
  private final Set<String> types = new TreeSet<>();
  private final Map<String, ClassName> axes = new TreeMap<>();

  /**
   * @param pinned the name of the snapshot's file next to it, if there is one
   */
  DescriptorSource(
      LayerSnapshot snapshot, String packageName, String name, @Nullable String pinned) {
    this.snapshot = snapshot;
    this.pinned = pinned;
    for (Class<?> used :
        List.of(
            Architecture.class,
            At.class,
            Axis.class,
            Index.class,
            Layer.class,
            Pair.class,
            Pinned.class,
            Shape.class,
            Site.class,
            Transform.class,
            TupleLayer.class)) {
      types.add(used.getSimpleName());
    }
    // Axes first: the snapshot knows them by name, and nothing else depends on the descriptor's.
    Map<String, String> named = new TreeMap<>();
    snapshot.modules().values().forEach(layer -> nameAxes(layer, named));
    this.type = ClassName.get(packageName, JavaNames.unique(JavaNames.capitalised(name), types));
    named.forEach((axis, simpleName) -> axes.put(axis, type.nestedClass(simpleName)));
  }

  String typeName() {
    return type.simpleName();
  }

  private void nameAxes(LayerSnapshot.Layer layer, Map<String, String> named) {
    for (String axis : new @Nullable String[] {layer.input(), layer.output()}) {
      if (axis != null) {
        named.computeIfAbsent(axis, name -> JavaNames.unique(JavaNames.capitalised(name), types));
      }
    }
  }

  /** The whole file, in ASCII, which means the same in every encoding. */
  String text() {
    ModuleTree tree = ModuleTree.of(snapshot);
    TypeSpec.Builder descriptor =
        TypeSpec.interfaceBuilder(type)
            .addModifiers(Modifier.PUBLIC)
            .addJavadoc(
                "$L: a first descriptor by {@code nnsight4j describe --java}. $L\n",
                JavadocText.of(snapshot.architecture()),
                snapshot.complete()
                    ? "Read it, and give its axes the names you like."
                    : "Read it: which layers return a\n"
                        + "tuple (TupleLayer), and what has no weights, a checkpoint does not tell.")
            .addAnnotation(annotation(Architecture.class, snapshot.architecture()))
            .addSuperinterface(kind(tree.layer()));
    if (pinned != null) {
      descriptor.addAnnotation(annotation(Pinned.class, pinned));
    }
    List<TypeSpec> nested = new ArrayList<>();
    descriptor.addMethods(methods(tree.children(), nested)).addTypes(nested);
    axes.forEach((axis, name) -> descriptor.addType(axis(axis, name)));
    JavaFile file =
        JavaFile.builder(type.packageName(), descriptor.build()).skipJavaLangImports(true).build();
    return JavaNames.ascii(file.toString());
  }

  private TypeSpec axis(String axis, ClassName name) {
    return nested(name)
        .addJavadoc(
            "$L.\n",
            snapshot.widths().containsKey(axis)
                ? snapshot.widths().get(axis) + " wide"
                : "As long as the run makes it")
        .addSuperinterface(Axis.class)
        .build();
  }

  private static TypeSpec.Builder nested(ClassName name) {
    return TypeSpec.interfaceBuilder(name).addModifiers(Modifier.PUBLIC, Modifier.STATIC);
  }

  private List<MethodSpec> methods(List<ModuleTree> modules, List<TypeSpec> nested) {
    List<MethodSpec> methods = new ArrayList<>();
    Set<String> taken = new TreeSet<>(JavaNames.TAKEN);
    for (ModuleTree module : modules) {
      String name = JavaNames.methodName(module.name(), taken);
      LayerSnapshot.Layer layer = module.layer();
      MethodSpec.Builder method =
          MethodSpec.methodBuilder(name)
              .addModifiers(Modifier.PUBLIC, Modifier.ABSTRACT)
              .addJavadoc("$L\n", javadoc(module))
              .returns(module.children().isEmpty() ? kind(layer) : block(module, nested));
      if (!name.equals(module.name())) {
        method.addAnnotation(annotation(At.class, module.name()));
      }
      if (isValue(layer) && layer.shape() != null) {
        method.addAnnotation(
            annotation(Shape.class, layer.shape().replaceAll(" \\d+(?=[,\\]])", "")));
      }
      if (module.repeats()) {
        method.addParameter(
            ParameterSpec.builder(TypeName.INT, "layer").addAnnotation(index(module)).build());
      }
      methods.add(method.build());
    }
    return methods;
  }

  /** The interface of a module that has children. */
  private ClassName block(ModuleTree module, List<TypeSpec> nested) {
    ClassName name =
        type.nestedClass(JavaNames.unique(module.typeName(snapshot.architecture()), types));
    List<TypeSpec> inner = new ArrayList<>();
    nested.add(
        nested(name)
            .addJavadoc("$L\n", javadoc(module))
            .addSuperinterface(kind(module.layer()))
            .addMethods(methods(module.children(), inner))
            .build());
    nested.addAll(inner);
    return name;
  }

  private TypeName kind(LayerSnapshot.Layer layer) {
    ClassName output = axis(layer.output());
    if (isValue(layer)) {
      return ParameterizedTypeName.get(ClassName.get(Site.class), output);
    }
    if (layer.tuple() != null) {
      Class<?> tuple = layer.tuple().size() == 2 ? Pair.class : TupleLayer.class;
      return ParameterizedTypeName.get(ClassName.get(tuple), output);
    }
    return layer.input() == null
        ? ParameterizedTypeName.get(ClassName.get(Layer.class), output)
        : ParameterizedTypeName.get(ClassName.get(Transform.class), axis(layer.input()), output);
  }

  private ClassName axis(@Nullable String axis) {
    ClassName known = axis == null ? null : axes.get(axis);
    return known == null ? ClassName.get(Axis.class) : known;
  }

  private static boolean isValue(LayerSnapshot.Layer layer) {
    return ModuleSpec.INNER_VALUE.equals(layer.type())
        || ModuleSpec.KEYWORD_INPUT.equals(layer.type());
  }

  private static AnnotationSpec annotation(Class<?> type, String value) {
    return AnnotationSpec.builder(type).addMember("value", "$S", value).build();
  }

  private AnnotationSpec index(ModuleTree module) {
    Integer count = module.layer().count();
    String key =
        count == null
            ? "num_hidden_layers"
            : CountKeys.of(module.path(), count, snapshot.counts()).orElse("num_hidden_layers");
    AnnotationSpec.Builder index = annotation(Index.class, key).toBuilder();
    if (pinned != null && count != null) {
      index.addMember("count", "$L", count);
    }
    return index.build();
  }

  private String javadoc(ModuleTree module) {
    LayerSnapshot.Layer layer = module.layer();
    StringBuilder text = new StringBuilder(module.path());
    if (layer.type() != null) {
      text.append(", ").append(layer.type());
    }
    if (layer.shape() != null) {
      text.append(": ").append(layer.shape());
    } else if (layer.tuple() != null) {
      text.append(": a tuple of ").append(String.join(" and ", layer.tuple()));
    } else if (layer.output() != null) {
      text.append(": [..., ").append(layer.output());
      if (snapshot.widths().containsKey(layer.output())) {
        text.append(' ').append(snapshot.widths().get(layer.output()));
      }
      text.append(']');
    }
    if (!layer.weights().isEmpty()) {
      text.append("; ")
          .append(
              layer.weights().entrySet().stream()
                  .map(weight -> weight.getKey() + " " + weight.getValue())
                  .collect(Collectors.joining(", ")));
    }
    return JavadocText.of(text.append('.').toString());
  }
}
