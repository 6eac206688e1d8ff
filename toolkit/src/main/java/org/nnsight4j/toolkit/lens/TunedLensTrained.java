package org.nnsight4j.toolkit.lens;

import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.train.Trained;

/** A trained lens, and the loss on the way: the sum of all layers' divergences, in nats. */
public final class TunedLensTrained implements AnalysisResult {
  private final TunedLens lens;
  private final Trained trained;

  TunedLensTrained(TunedLens lens, Trained trained) {
    this.lens = lens;
    this.trained = trained;
  }

  /** The lens. */
  public TunedLens lens() {
    return lens;
  }

  /** The loss of each step, before its update. */
  public double[] losses() {
    return trained.losses();
  }

  @Override
  public LinePlot figure() {
    return trained.figure();
  }

  @Override
  public String toJson() {
    return trained.toJson();
  }

  @Override
  public String toString() {
    return trained.toString();
  }
}
