package org.nnsight4j.internal.graph;

/**
 * Whose tokens the positions of a value are.
 *
 * @param invoker whose rows
 * @param step the step of generation
 */
public record Rows(int invoker, int step) {}
