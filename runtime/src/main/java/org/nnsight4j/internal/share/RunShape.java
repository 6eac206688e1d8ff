package org.nnsight4j.internal.share;

/**
 * What decides how a shared pass computes; the numbers in it do not.
 *
 * @param runs how many runs share it
 * @param rows of each run
 * @param tokens of each row
 */
public record RunShape(int runs, int rows, int tokens) {}
