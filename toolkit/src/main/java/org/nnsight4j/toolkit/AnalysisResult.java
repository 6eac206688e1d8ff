package org.nnsight4j.toolkit;

import org.nnsight4j.toolkit.figure.Figure;

/**
 * What an analysis gives: numbers by name (methods of each result), a figure, JSON, and a table as
 * its {@code toString()}.
 */
public interface AnalysisResult {
  /** The picture that papers show of this analysis. */
  Figure figure();

  /** All its numbers as one JSON object; the field {@code analysis} names the analysis. */
  String toJson();
}
