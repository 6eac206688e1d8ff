package org.nnsight4j.server.worker;

/**
 * How much memory there is.
 *
 * @param process bytes of a worker process, files that it maps not counted
 * @param run bytes of all values of a run
 */
public record Room(long process, long run) {}
