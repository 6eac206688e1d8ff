package org.nnsight4j.internal.sweep;

/**
 * One intervention of a sweep.
 *
 * @param index its number in the order of the result: site, layer, position, head, strength
 * @param slot which of the sweep's positions
 * @param head which head; -1 for all
 */
public record SweepCell(int index, Place place, int slot, int head, double strength) {}
