package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;

/**
 * A write into neighbouring rows of a site.
 *
 * @param marked where it writes, with axes of length 1 for all of an axis
 * @param target what it writes
 * @param strength of each row
 * @param beside what the place has besides the site, of these rows; null for nothing
 * @param sign whether that is added or subtracted
 */
record SweepWrite(
    int begin,
    int count,
    NDArray marked,
    NDArray target,
    NDArray strength,
    Mode mode,
    @Nullable NDArray beside,
    int sign) {
  /** What is done with the target; the kernel knows the modes by their order. */
  enum Mode {
    /** It replaces the value. */
    PUT,
    /** The value moves towards it. */
    TOWARDS,
    /** It is added to the value. */
    ADD
  }

  NDArray into(NDArray value, Arena arena) {
    long from = begin;
    long rows = count;
    long how = mode.ordinal();
    TorchOps ops = TorchOps.get();
    return beside == null
        ? ops.call(arena, "sweep_write", value, from, rows, marked, target, strength, how)
        : ops.call(
            arena,
            "sweep_write_beside",
            value,
            from,
            rows,
            marked,
            target,
            strength,
            how,
            beside,
            (double) sign);
  }
}
