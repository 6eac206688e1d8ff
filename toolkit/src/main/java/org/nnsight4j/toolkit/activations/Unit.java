package org.nnsight4j.toolkit.activations;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Supplier;

/** What is kept of one feature or neuron while the corpus goes by. */
final class Unit {
  /** The larger first; of equals, the earlier. */
  private static final Comparator<ActivationExample> BEST =
      Comparator.comparingDouble((ActivationExample each) -> -each.value())
          .thenComparingLong(ActivationExample::text);

  private final int index;
  private final int most;
  private final int samples;
  private final Random random;
  private final PriorityQueue<ActivationExample> top = new PriorityQueue<>(BEST.reversed());
  private final List<ActivationExample> sampled = new ArrayList<>();
  private final Histogram histogram = new Histogram();
  private long activeTexts;
  private long active;
  private double maximum = Double.NEGATIVE_INFINITY;

  Unit(int index, int most, int samples, long seed) {
    this.index = index;
    this.most = most;
    this.samples = samples;
    this.random = new Random(seed * 1_000_003 + index);
  }

  /** One number of the corpus. */
  void count(double value) {
    maximum = Math.max(maximum, value);
    if (value > 0) {
      active++;
    }
    if (value != 0) {
      histogram.add(value);
    }
  }

  /** The largest number of one text; the example is made only if it is kept. */
  void offer(double value, Supplier<ActivationExample> made) {
    ActivationExample least = top.peek();
    boolean best = top.size() < most || (least != null && value > least.value());
    if (best) {
      top.add(made.get());
      if (top.size() > most) {
        top.poll();
      }
    }
    if (value > 0 && samples > 0) {
      activeTexts++;
      if (sampled.size() < samples) {
        sampled.add(made.get());
      } else {
        long place = (long) (random.nextDouble() * activeTexts);
        if (place < samples) {
          sampled.set((int) place, made.get());
        }
      }
    }
  }

  int index() {
    return index;
  }

  /** The largest first. */
  List<ActivationExample> top() {
    return top.stream().filter(each -> each.value() != 0).sorted(BEST).toList();
  }

  /** A random choice of the texts in which it is active, the largest first. */
  List<ActivationExample> sampled() {
    return sampled.stream().sorted(BEST).toList();
  }

  Histogram histogram() {
    return histogram;
  }

  long active() {
    return active;
  }

  double maximum() {
    return maximum;
  }
}
