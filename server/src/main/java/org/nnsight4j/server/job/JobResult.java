package org.nnsight4j.server.job;

/**
 * A published result.
 *
 * @param file its name in the directory of results, made by the server
 * @param sha256 in hexadecimal digits
 */
public record JobResult(String file, long bytes, String sha256) {}
