package org.nnsight4j.processor.validate;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.KindUse;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** A layer interface extends exactly one kind, with its widths; the root's is a module's. */
final class OneKind implements Check {
  private static final String MODULES = "Layer<Width>, Transform<In, Out> or TupleLayer<Width>";

  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    List<Fault> faults = new ArrayList<>();
    // A missing super-interface may be the one that has the kind.
    boolean parentMissing =
        descriptor.missing().stream().anyMatch(missing -> missing.place() instanceof TypeElement);
    for (LayerDeclaration layer : descriptor.all()) {
      boolean isRoot = layer.element().equals(descriptor.element());
      if (!layer.element().getTypeParameters().isEmpty()
          || (parentMissing && layer.kinds().isEmpty())) {
        continue;
      }
      if (layer.kinds().isEmpty()) {
        faults.add(fault(layer, "no kind of layer", isRoot ? MODULES : MODULES + " (or Site)"));
      } else if (layer.kinds().size() > 1) {
        String kinds =
            layer.kinds().stream().map(use -> use.kind().simpleName()).collect(joining(" and "));
        faults.add(fault(layer, kinds, "one of them"));
      } else {
        KindUse use = layer.kinds().get(0);
        if (use.widths().isEmpty()) {
          faults.add(
              fault(
                  layer,
                  use.kind().simpleName() + " without a plain width",
                  use.kind().example() + ", where a width is an interface that extends Axis"));
        } else if (isRoot && use.kind() == Kind.SITE) {
          faults.add(fault(layer, "Site, which is a value inside a module", MODULES));
        }
      }
    }
    return new Report(faults);
  }

  private static Fault fault(LayerDeclaration layer, String found, String expected) {
    return Fault.on(layer.element(), DiagnosticKind.NOT_A_LAYER, layer.name(), found, expected);
  }
}
