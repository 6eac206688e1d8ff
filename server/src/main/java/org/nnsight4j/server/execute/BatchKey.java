package org.nnsight4j.server.execute;

/**
 * What a request has in common with others that it might share a run with.
 *
 * @param key equal for requests that are alike
 * @param budget what the request costs
 */
public record BatchKey(String key, Budget budget) {}
