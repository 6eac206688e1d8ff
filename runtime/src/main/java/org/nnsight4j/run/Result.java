package org.nnsight4j.run;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.generate.Generated;
import org.nnsight4j.tensor.Tensor;

/**
 * What a finished run gives.
 *
 * @param saved the numbers of the save nodes that happened
 * @param receipt what fired
 * @param generated the new tokens; null for a single forward pass
 */
public record Result(Map<Integer, Tensor> saved, Receipt receipt, @Nullable Generated generated) {}
