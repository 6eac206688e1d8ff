package org.nnsight4j.models.gpt2.operations;

/** Functions that Java has not, by series and recurrences, good for the small numbers of tests. */
final class SpecialFunctions {
  private SpecialFunctions() {}

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** The Taylor series. */
  static double erf(double x) {
    if (!(Math.abs(x) < 5)) {
      return Math.signum(x);
    }
    double sum = 0;
    double term = x;
    for (int n = 0; n < 120; n++) {
      sum += term / (2 * n + 1);
      term *= -x * x / (n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  /** By halving an interval that holds it. */
  static double erfinv(double x) {
    if (!(Math.abs(x) < 1)) {
      return Math.abs(x) == 1 ? x * Double.POSITIVE_INFINITY : Double.NaN;
    }
    double low = -5;
    double high = 5;
    for (int i = 0; i < 80; i++) {
      double middle = (low + high) / 2;
      if (erf(middle) < x) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /** Up to where Stirling's series is good; the gamma function's recurrence leads there. */
  static double lgamma(double x) {
    if (Double.isNaN(x) || Double.isInfinite(x)) {
      return Double.isNaN(x) ? x : Double.POSITIVE_INFINITY;
    }
    double logs = 0;
    double y = x;
    while (y < 30) {
      logs += Math.log(Math.abs(y));
      y++;
    }
    return (y - 0.5) * Math.log(y)
        - y
        + Math.log(2 * Math.PI) / 2
        + 1 / (12 * y)
        - 1 / (360 * y * y * y)
        + 1 / (1260 * Math.pow(y, 5))
        - logs;
  }

  /** As {@link #lgamma}, differentiated. */
  static double digamma(double x) {
    if (x == 0) {
      return Math.copySign(Double.POSITIVE_INFINITY, -x);
    }
    if (x < 0 && x == Math.rint(x)) {
      return Double.NaN;
    }
    if (Double.isNaN(x) || Double.isInfinite(x)) {
      return x;
    }
    double inverses = 0;
    double y = x;
    while (y < 30) {
      inverses += 1 / y;
      y++;
    }
    return Math.log(y)
        - 1 / (2 * y)
        - 1 / (12 * y * y)
        + 1 / (120 * Math.pow(y, 4))
        - 1 / (252 * Math.pow(y, 6))
        - inverses;
  }

  /** Where doubles lose it, PyTorch's own form of the logarithm. */
  static double asinh(double x) {
    if (Double.isInfinite(x) || x == 0) {
      return x;
    }
    double size = Math.abs(x);
    return Math.copySign(
        size > 1e100 ? Math.log(size) + Math.log(2) : Math.log(size + Math.hypot(size, 1)), x);
  }

  static double acosh(double x) {
    return x > 1e10 ? Math.log(x) + Math.log(2) : Math.log(x + Math.sqrt(x * x - 1));
  }

  static double atanh(double x) {
    return (Math.log1p(x) - Math.log1p(-x)) / 2;
  }

  static double softplus(double x) {
    return x > 20 ? x : Math.log1p(Math.exp(x));
  }

  static double logSigmoid(double x) {
    return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
  }
}
