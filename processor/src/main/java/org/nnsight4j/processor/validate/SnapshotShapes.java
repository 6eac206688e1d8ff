package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.KindUse;
import org.nnsight4j.processor.declare.Shapes;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.snapshot.Snapshot;
import org.nnsight4j.processor.snapshot.Snapshot.Module;

/**
 * Compares tuples, widths and axes of a layer in descriptor and snapshot. The runtime uses the same
 * wording, in its {@code pin.PinMessages}.
 */
final class SnapshotShapes {
  private final Snapshot snapshot;

  SnapshotShapes(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** What is wrong with a layer, if anything: one mistake is one error. */
  Optional<Fault> compare(KindUse use, String shape, Element place, Module module) {
    String subject = module.path().isEmpty() ? "the whole model" : module.path();
    int here = use.kind().tupleSize();
    Optional<Integer> there = module.tupleSize();
    if (there.isPresent() && there.get() != here) {
      return Optional.of(
          Fault.on(
              place,
              DiagnosticKind.LAYER_TUPLE,
              subject,
              elements(there.get()),
              snapshot.file(),
              elements(here)));
    }
    String widths = widths(use, module);
    if (!widths.isEmpty()) {
      return Optional.of(Fault.on(place, DiagnosticKind.LAYER_WIDTH, subject, widths));
    }
    return module.shapes().stream()
        .filter(found -> contradict(found, shape))
        .findFirst()
        .map(
            found ->
                Fault.on(
                    place,
                    DiagnosticKind.LAYER_SHAPE,
                    subject,
                    names(found),
                    snapshot.file(),
                    names(shape)));
  }

  private static String elements(int size) {
    return size == 0 ? "a tensor" : "a tuple of " + size;
  }

  private String widths(KindUse use, Module module) {
    List<TypeElement> declared = use.widths().orElse(List.of());
    if (declared.size() != use.kind().widths()) {
      return "";
    }
    List<String> wrong = new ArrayList<>();
    if (use.kind().statesInput()) {
      compare(declared.get(0), "takes", module.input()).ifPresent(wrong::add);
    }
    compare(declared.get(declared.size() - 1), "gives", module.output()).ifPresent(wrong::add);
    return String.join(", and ", wrong);
  }

  private Optional<String> compare(TypeElement declared, String verb, Optional<String> axis) {
    String name = declared.getSimpleName().toString().toLowerCase(Locale.ROOT);
    if (axis.isEmpty()
        || axis.get().equals(name)
        || declared.getQualifiedName().contentEquals(RuntimeNames.AXIS)) {
      return Optional.empty();
    }
    return Optional.of(
        "%s %s in %s, %s here".formatted(verb, sized(axis.get()), snapshot.file(), sized(name)));
  }

  private String sized(String axis) {
    Integer length = snapshot.widths().get(axis);
    return length == null ? axis : axis + " (" + length + ")";
  }

  private static boolean contradict(String first, String second) {
    return !first.contains(Shapes.OPEN)
        && !second.contains(Shapes.OPEN)
        && !names(first).equals(names(second));
  }

  /** A shape without lengths. */
  private static String names(String shape) {
    return Arrays.stream(shape.replaceAll("^\\[|]$", "").split(",\\s*", -1))
        .map(axis -> axis.split(" ", 2)[0])
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
