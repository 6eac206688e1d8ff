package org.nnsight4j.family;

import org.nnsight4j.tensor.Meta;

/**
 * One site of an opened model.
 *
 * @param key where it is
 * @param meta its shape, in which the axes {@code batch}, {@code position} and {@code key} are
 *     unknown
 * @param order its place in the forward pass, from 0
 */
public record SiteSpec(SiteKey key, Meta meta, int order) {}
