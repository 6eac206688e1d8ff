package org.nnsight4j.internal.local;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.decode.ResolvedOptions;

/**
 * What a kind of run means on one checkpoint.
 *
 * @param steps the most forward passes
 * @param cached whether later passes compute only their own position
 * @param options the generation options; null for one forward pass
 */
public record RunSettings(int steps, boolean cached, @Nullable ResolvedOptions options) {}
