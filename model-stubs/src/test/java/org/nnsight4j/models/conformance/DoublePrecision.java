package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Tensor;

/** Gradients of a weighted sum of all logits at all sites, in FP64. */
final class DoublePrecision {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-6;

  private final EnginePass pass;
  private final List<SiteSpec> sites;

  DoublePrecision(EnginePass pass) {
    this.pass = pass;
    this.sites = pass.blueprint().sites();
  }

  /** The weights of the logits in the sum. */
  static double[] weights(int count) {
    Random random = new Random(11);
    return random.doubles(count, -1, 1).toArray();
  }

  /** The gradients by backpropagation. */
  Map<SiteKey, Tensor> gradients() {
    Map<SiteKey, NDArray> seen = new LinkedHashMap<>();
    EverySite following =
        new EverySite() {
          @Override
          public NDArray at(int site, NDArray value, Arena arena) {
            if (!isFloating(site)) {
              return value;
            }
            // Of its own, so that what flows past the site is not counted.
            NDArray own = TorchOps.get().call(arena, "alias", value);
            NDArray traced = TorchOps.get().call(arena, "traced", own);
            seen.put(sites.get(site).key(), traced);
            return traced;
          }
        };
    return pass.run(
        following,
        2,
        (arena, logits) -> {
          long[] shape = logits.getShape().getShape();
          NDArray cotangent =
              Transfer.toEngine(arena, Tensor.of(weights((int) logits.size()), shape));
          Map<SiteKey, Tensor> gradients = new LinkedHashMap<>();
          seen.forEach(
              (site, value) ->
                  gradients.put(
                      site,
                      Transfer.toHost(
                          arena,
                          TorchOps.get()
                              .call(
                                  arena,
                                  "gradients",
                                  List.of(logits),
                                  List.of(cotangent),
                                  value,
                                  true))));
          return gradients;
        });
  }

  /** The first site of numbers, from which all others follow. */
  SiteSpec first() {
    return sites.stream()
        .filter(site -> site.meta().dtype().isFloating())
        .findFirst()
        .orElseThrow();
  }

  /** The sum of the squares of the gradient at the first site, and its own gradient there. */
  Twice twice(double[] moved) {
    NDArray[] seen = new NDArray[1];
    EverySite following =
        new EverySite() {
          @Override
          public NDArray at(int site, NDArray value, Arena arena) {
            if (site != first().order()) {
              return value;
            }
            NDArray more = Transfer.toEngine(arena, Tensor.of(moved, value.getShape().getShape()));
            seen[0] = TorchOps.get().call(arena, "plus", value, more);
            return seen[0];
          }
        };
    return pass.run(
        following,
        2,
        (arena, logits) -> {
          TorchOps ops = TorchOps.get();
          long[] shape = logits.getShape().getShape();
          NDArray cotangent =
              Transfer.toEngine(arena, Tensor.of(weights((int) logits.size()), shape));
          NDArray once =
              ops.call(arena, "gradients", List.of(logits), List.of(cotangent), seen[0], true);
          NDArray doubled = ops.call(arena, "plus", once, once);
          NDArray again =
              ops.call(arena, "gradients", List.of(once), List.of(doubled), seen[0], true);
          Tensor first = Transfer.toHost(arena, ops.call(arena, "detach", once));
          double squares = 0;
          for (int i = 0; i < first.size(); i++) {
            squares += first.at(i) * first.at(i);
          }
          return new Twice(squares, Transfer.toHost(arena, ops.call(arena, "detach", again)));
        });
  }

  /** A number that has gradients in it, and its gradient. */
  record Twice(double squares, Tensor gradient) {}

  /** Compares the gradient of a gradient with a central difference. */
  void checkTwice(int size) {
    double[] direction = new Random(5).doubles(size, -1, 1).toArray();
    double[] forth = direction.clone();
    double[] back = direction.clone();
    for (int i = 0; i < size; i++) {
      forth[i] *= STEP;
      back[i] *= -STEP;
    }
    Tensor gradient = twice(new double[size]).gradient();
    double expected = 0;
    double scale = 1;
    for (int i = 0; i < size; i++) {
      expected += direction[i] * gradient.at(i);
      scale += Math.abs(direction[i] * gradient.at(i));
    }
    assertWithMessage("the gradient of a gradient at %s", first().key())
        .that(expected)
        .isWithin(TOLERANCE * scale)
        .of((twice(forth).squares() - twice(back).squares()) / (2 * STEP));
  }

  /** Compares them with central differences along one random direction at each site. */
  void check() {
    gradients()
        .forEach(
            (site, gradient) -> {
              double[] direction =
                  new Random(site.hashCode()).doubles(gradient.size(), -1, 1).toArray();
              double expected = 0;
              double scale = 1;
              for (int i = 0; i < direction.length; i++) {
                expected += direction[i] * gradient.at(i);
                scale += Math.abs(direction[i] * gradient.at(i));
              }
              double found =
                  (sum(site, direction, STEP) - sum(site, direction, -STEP)) / (2 * STEP);
              assertWithMessage("the gradient at %s along one direction", site)
                  .that(expected)
                  .isWithin(TOLERANCE * scale)
                  .of(found);
            });
  }

  /** The sum with a site moved. */
  private double sum(SiteKey moved, double[] direction, double step) {
    double[] by = direction.clone();
    for (int i = 0; i < by.length; i++) {
      by[i] *= step;
    }
    EverySite moving =
        new EverySite() {
          @Override
          public NDArray at(int site, NDArray value, Arena arena) {
            if (!sites.get(site).key().equals(moved)) {
              return value;
            }
            NDArray more = Transfer.toEngine(arena, Tensor.of(by, value.getShape().getShape()));
            return TorchOps.get().call(arena, "plus", value, more);
          }
        };
    return pass.run(
        moving,
        2,
        (arena, logits) -> {
          Tensor all = Transfer.toHost(arena, TorchOps.get().call(arena, "detach", logits));
          double[] weights = weights((int) all.size());
          double sum = 0;
          for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * all.at(i);
          }
          return sum;
        });
  }

  private boolean isFloating(int site) {
    return sites.get(site).meta().dtype().isFloating();
  }
}
