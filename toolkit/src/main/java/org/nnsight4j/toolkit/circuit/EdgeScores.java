package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;

/**
 * Scores of all edges, added up over pairs of prompts.
 *
 * @param byReader for each reader {@code [source * positions]}, one position if they are added up
 * @param clean the measure of clean runs
 * @param corrupted the measure of corrupted runs
 */
record EdgeScores(List<double[]> byReader, double clean, double corrupted) {
  static EdgeScores mean(List<EdgeScores> parts, int pairs) {
    List<double[]> sums = new ArrayList<>();
    for (int reader = 0; reader < parts.get(0).byReader.size(); reader++) {
      double[] sum = parts.get(0).byReader.get(reader).clone();
      for (EdgeScores other : parts.subList(1, parts.size())) {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += other.byReader.get(reader)[i];
        }
      }
      for (int i = 0; i < sum.length; i++) {
        sum[i] /= pairs;
      }
      sums.add(sum);
    }
    return new EdgeScores(
        sums,
        parts.stream().mapToDouble(EdgeScores::clean).sum() / pairs,
        parts.stream().mapToDouble(EdgeScores::corrupted).sum() / pairs);
  }
}
