package org.nnsight4j.processor.validate;

import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.report.Report;

/** One rule about descriptors. */
public interface Check {
  /**
   * @param soFar what earlier rules found: a mistake is reported once, by the rule that fits best
   * @return what this rule adds
   */
  Report check(ArchitectureDeclaration descriptor, Report soFar);
}
