package org.nnsight4j.internal.pin;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.MayBeAbsent;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.Triple;
import org.nnsight4j.arch.TupleElement;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Dim;

/** What a compiled descriptor states, as a snapshot in which the rest is open. */
public final class DescriptorTree {
  private final Map<String, Layer> modules = new LinkedHashMap<>();
  private final Set<String> pinned;

  private DescriptorTree(Set<String> pinned) {
    this.pinned = pinned;
  }

  public static LayerSnapshot of(Class<?> descriptor, LayerSnapshot pinned) {
    DescriptorTree tree = new DescriptorTree(pinned.modules().keySet());
    tree.add("", descriptor, null, null);
    @Nullable Architecture architecture = descriptor.getAnnotation(Architecture.class);
    return new LayerSnapshot(
        architecture == null ? pinned.architecture() : architecture.value(),
        true,
        new TreeMap<>(),
        new TreeMap<>(),
        tree.modules);
  }

  private void add(String path, Type returned, @Nullable Integer count, @Nullable Method method) {
    Class<?> layer = raw(returned);
    List<String> axes = axes(returned);
    @Nullable Shape stated = method == null ? null : method.getAnnotation(Shape.class);
    String own = method == null ? null : type(method);
    String type = own == null ? type(layer) : own;
    boolean takes =
        Transform.class.isAssignableFrom(layer) || TupleLayer.class.isAssignableFrom(layer);
    int tuple = tupleSize(layer);
    String shape = stated == null ? shape(layer, axes) : stated.value();
    modules.put(
        path,
        new Layer(
            type,
            takes && !axes.isEmpty() ? named(axes.get(0)) : null,
            axes.isEmpty() ? null : named(axes.get(axes.size() - 1)),
            tuple > 0 ? null : shape,
            tuple > 0 ? Collections.nCopies(tuple, shape) : null,
            count,
            new TreeMap<>()));
    for (Method child : children(layer).values()) {
      @Nullable At at = child.getAnnotation(At.class);
      String name = at == null ? child.getName() : at.value();
      String once = path.isEmpty() ? name : path + "." + name;
      String below = child.getParameterCount() == 0 ? once : once + ".*";
      boolean isThere = pinned.contains(once) || pinned.contains(once + ".*");
      if (child.isAnnotationPresent(MayBeAbsent.class) && !isThere) {
        continue;
      }
      if (child.getParameterCount() == 0) {
        add(below, child.getGenericReturnType(), null, child);
      } else {
        @Nullable Index index = child.getParameters()[0].getAnnotation(Index.class);
        add(
            below,
            child.getGenericReturnType(),
            index == null || index.count() == 0 ? null : (Integer) index.count(),
            child);
      }
    }
  }

  /** The processor's default: modules return rows of tokens, other values may be anything. */
  private static String shape(Class<?> layer, List<String> axes) {
    String width = axes.isEmpty() ? null : named(axes.get(axes.size() - 1));
    if (width == null) {
      return "[" + AxisNames.OPEN + "]";
    }
    boolean isModule =
        org.nnsight4j.arch.Layer.class.isAssignableFrom(layer)
            || Transform.class.isAssignableFrom(layer)
            || tupleSize(layer) > 0;
    return isModule
        ? "[%s, %s, %s]".formatted(Dim.BATCH, Dim.POSITION, width)
        : "[%s, %s]".formatted(AxisNames.OPEN, width);
  }

  private static @Nullable String type(AnnotatedElement place) {
    @Nullable HuggingFace named = place.getAnnotation(HuggingFace.class);
    return named == null ? null : named.value();
  }

  /** The number of tuple elements of the layer's kind; 0 if its output is a tensor. */
  private static int tupleSize(Class<?> layer) {
    Class<?> kind =
        TupleLayer.class.isAssignableFrom(layer)
            ? TupleLayer.class
            : Pair.class.isAssignableFrom(layer)
                ? Pair.class
                : Triple.class.isAssignableFrom(layer) ? Triple.class : null;
    try {
      return kind == null
          ? 0
          : Objects.requireNonNull(
                  kind.getMethod("output", int.class)
                      .getParameters()[0]
                      .getAnnotation(TupleElement.class))
              .value();
    } catch (NoSuchMethodException e) {
      throw new LinkageError(layer + ".output", e);
    }
  }

  /** The name of an axis; an axis without one is open. */
  private static @Nullable String named(String axis) {
    return axis.equals("axis") ? null : axis;
  }

  /** The author's methods, without those that another method overrides. */
  private static Map<String, Method> children(Class<?> layer) {
    Map<String, Method> children = new HashMap<>();
    if (isOurs(layer)) {
      return children;
    }
    Arrays.stream(layer.getMethods())
        .filter(method -> Modifier.isAbstract(method.getModifiers()))
        .filter(method -> !isOurs(method.getDeclaringClass()))
        .sorted(Comparator.comparing(Method::getName))
        .forEach(
            method ->
                children.merge(
                    method.getName() + method.getParameterCount(),
                    method,
                    (first, second) ->
                        second.getDeclaringClass() != first.getDeclaringClass()
                                && first
                                    .getDeclaringClass()
                                    .isAssignableFrom(second.getDeclaringClass())
                            ? second
                            : first));
    return children;
  }

  private static boolean isOurs(Class<?> type) {
    return type.getPackage().equals(Site.class.getPackage());
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType generic
        ? (Class<?>) generic.getRawType()
        : (Class<?>) type;
  }

  /** The widths that a type passes to the runtime's kind of layer. */
  private static List<String> axes(Type type) {
    if (isOurs(raw(type)) && type instanceof ParameterizedType generic) {
      return Arrays.stream(generic.getActualTypeArguments())
          .map(DescriptorTree::raw)
          .filter(Axis.class::isAssignableFrom)
          .map(axis -> axis.getSimpleName().toLowerCase(Locale.ROOT))
          .toList();
    }
    return Arrays.stream(raw(type).getGenericInterfaces())
        .map(DescriptorTree::axes)
        .filter(axes -> !axes.isEmpty())
        .max(Comparator.comparingInt(List::size))
        .orElse(List.of());
  }
}
