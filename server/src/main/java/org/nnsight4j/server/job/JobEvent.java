package org.nnsight4j.server.job;

import java.time.Instant;

/**
 * One change of a job's state.
 *
 * @param number counts from 1 in each job, without gaps
 */
public record JobEvent(String jobId, int number, JobState state, Instant at, String text) {}
