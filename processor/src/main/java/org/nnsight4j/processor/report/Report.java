package org.nnsight4j.processor.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.Element;

/** What the rules found in one descriptor, in the order in which they found it. */
public record Report(List<Fault> faults) {
  public static final Report CLEAN = new Report(List.of());

  public Report {
    faults = List.copyOf(faults);
  }

  public Report plus(Report other) {
    List<Fault> all = new ArrayList<>(faults);
    all.addAll(other.faults);
    return new Report(all);
  }

  /** The first fault of an element or, for a method, of one of its parameters. */
  public Optional<Fault> of(Element element) {
    return faults.stream().filter(fault -> fault.concerns(element)).findFirst();
  }

  /** Whether an element has a fault of one of these kinds. */
  public boolean has(Element element, Set<DiagnosticKind> messages) {
    return faults.stream()
        .anyMatch(fault -> messages.contains(fault.message()) && fault.concerns(element));
  }
}
