package org.nnsight4j.processor.validate;

import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.report.Report;

/** One rule about descriptors. */
public interface Check {
  /**
   * @param soFar what earlier rules found: a mistake is told once, by the rule that knows it best
   * @return what this rule adds
   */
  Report check(ArchitectureDeclaration descriptor, Report soFar);
}
