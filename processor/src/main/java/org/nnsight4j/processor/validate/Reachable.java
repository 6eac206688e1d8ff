package org.nnsight4j.processor.validate;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.declare.Access;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.ChildDeclaration;
import org.nnsight4j.processor.declare.Display;
import org.nnsight4j.processor.declare.LayerDeclaration;
import org.nnsight4j.processor.declare.Returned;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;

/** The generated class, a top-level one, can name every type that it needs. */
final class Reachable implements Check {
  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    Access access = new Access(descriptor.packageElement());
    Set<TypeElement> obstacles = new LinkedHashSet<>();
    access.obstacle(descriptor.element()).ifPresent(obstacles::add);
    for (TypeElement type : mentioned(descriptor)) {
      access.obstacle(type).ifPresent(obstacles::add);
    }
    List<Fault> faults = new ArrayList<>();
    for (TypeElement obstacle : obstacles) {
      faults.add(
          Fault.on(
              obstacle,
              DiagnosticKind.NOT_ACCESSIBLE,
              Display.of(obstacle),
              home(descriptor),
              obstacle.getModifiers().contains(Modifier.PRIVATE)
                  ? "package-private or public"
                  : "public"));
    }
    return new Report(faults);
  }

  private static Set<TypeElement> mentioned(ArchitectureDeclaration descriptor) {
    Set<TypeElement> types = new LinkedHashSet<>();
    for (LayerDeclaration layer : descriptor.all()) {
      types.add(layer.element());
      layer.kinds().forEach(use -> use.widths().ifPresent(types::addAll));
      for (ChildDeclaration child : layer.children()) {
        if (child.returned() instanceof Returned.Leaf leaf) {
          types.addAll(leaf.widths());
        }
      }
    }
    return types;
  }

  private static String home(ArchitectureDeclaration descriptor) {
    String name = descriptor.packageElement().getQualifiedName().toString();
    return name.isEmpty() ? "(unnamed)" : name;
  }
}
