package org.nnsight4j.processor.declare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.RuntimeNames;

/** The shapes that a descriptor states; the runtime reads them in the same way from its classes. */
public final class Shapes {
  /** Stands for axes that are not stated. */
  public static final String OPEN = "...";

  private Shapes() {}

  /** The kind and widths of what a method leads to. */
  public static Optional<KindUse> kind(ChildDeclaration child, ArchitectureDeclaration descriptor) {
    if (child.returned() instanceof Returned.Leaf leaf) {
      return Optional.of(new KindUse(leaf.kind(), Optional.of(leaf.widths())));
    }
    return child.returned() instanceof Returned.Nested nested
        ? descriptor.layer(nested.layer()).flatMap(LayerDeclaration::kind)
        : Optional.empty();
  }

  /**
   * What {@code @HuggingFace} says on a method or, failing that, on the interface that it returns.
   */
  public static Optional<String> type(ChildDeclaration child) {
    Optional<Mark> own = Mark.of(child.method(), RuntimeNames.HUGGING_FACE);
    return own.or(
            () ->
                child.returned() instanceof Returned.Nested nested
                    ? Mark.of(nested.layer(), RuntimeNames.HUGGING_FACE)
                    : Optional.empty())
        .flatMap(Mark::text);
  }

  /** {@code @Shape}, or the default for its kind: modules return rows of tokens. */
  public static String of(ChildDeclaration child, KindUse use) {
    return child.shape().flatMap(Mark::text).orElseGet(() -> usual(use));
  }

  /** The shape of a value without {@code @Shape}. */
  public static String usual(KindUse use) {
    return width(use)
        .map(width -> (use.kind() == Kind.SITE ? OPEN : "batch, position") + ", " + width)
        .map(axes -> "[" + axes + "]")
        .orElse("[" + OPEN + "]");
  }

  /** The name of the output's width, unless the descriptor leaves it open. */
  public static Optional<String> width(KindUse use) {
    List<TypeElement> widths = use.widths().orElse(List.of());
    return widths.isEmpty() ? Optional.empty() : name(widths.get(widths.size() - 1));
  }

  private static Optional<String> name(TypeElement axis) {
    return axis.getQualifiedName().contentEquals(RuntimeNames.AXIS)
        ? Optional.empty()
        : Optional.of(axis.getSimpleName().toString().toLowerCase(Locale.ROOT));
  }
}
