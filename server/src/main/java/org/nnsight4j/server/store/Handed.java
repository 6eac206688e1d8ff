package org.nnsight4j.server.store;

/**
 * A job that a transaction of this process has released to this process itself, whose schedulers do
 * not have to find it.
 */
public record Handed(String id, String model, int priority) {}
