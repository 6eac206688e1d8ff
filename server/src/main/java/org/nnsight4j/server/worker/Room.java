package org.nnsight4j.server.worker;

/**
 * How much memory a worker and its runs have.
 *
 * @param process bytes of a worker process, not counting files that it maps
 * @param run bytes of all values of a run
 * @param inline bytes of a result that needs no file
 */
public record Room(long process, long run, int inline) {}
