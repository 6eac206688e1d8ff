package org.nnsight4j.models.decoder;

/**
 * Biases of scores that grow with the position of the key (ALiBi).
 *
 * @param rounded whether they are rounded to bfloat16
 * @param divisor the number that they are divided by
 */
public record Biases(boolean rounded, double divisor) {}
