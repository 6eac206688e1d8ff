package org.nnsight4j.processor.report;

import java.util.HashSet;
import java.util.Set;
import javax.annotation.processing.Messager;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;

/** Prints reports: each mistake once per compilation, however many descriptors share it. */
public final class Reporter {
  private final Messager messager;
  private final Set<Printed> printed = new HashSet<>();

  private record Printed(DiagnosticKind message, Element element) {}

  public Reporter(Messager messager) {
    this.messager = messager;
  }

  /**
   * @param subject the descriptor that the report is about
   * @param sources the names of the outermost types whose source is compiled now
   */
  public void print(Report report, Element subject, Set<String> sources) {
    for (Fault fault : report.faults()) {
      if (!printed.add(new Printed(fault.message(), fault.element()))) {
        continue;
      }
      if (sources.contains(outermost(fault.element()).toString())) {
        messager.printMessage(
            fault.message().kind(),
            fault.text(),
            fault.element(),
            fault.annotation(),
            fault.value());
      } else {
        // A class file has no lines to point at, so the message goes to the descriptor that uses
        // it.
        messager.printMessage(
            fault.message().kind(), fault.text() + " [in " + name(fault.element()) + "]", subject);
      }
    }
  }

  private static Element outermost(Element element) {
    Element current = element;
    Element outer = current.getEnclosingElement();
    while (outer != null && outer.getKind() != ElementKind.PACKAGE) {
      current = outer;
      outer = current.getEnclosingElement();
    }
    return current;
  }

  private static String name(Element element) {
    if (element instanceof TypeElement type) {
      return type.getQualifiedName().toString();
    }
    Element owner = element.getEnclosingElement();
    return owner == null ? element.toString() : name(owner) + "." + element;
  }
}
