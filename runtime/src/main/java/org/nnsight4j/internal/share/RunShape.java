package org.nnsight4j.internal.share;

/**
 * The shape that decides how a shared pass computes; its numbers do not matter.
 *
 * @param runs how many runs share it
 * @param rows the rows of each run
 * @param tokens the tokens of each row
 */
public record RunShape(int runs, int rows, int tokens) {}
