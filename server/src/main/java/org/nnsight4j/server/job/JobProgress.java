package org.nnsight4j.server.job;

/** How far a run is; sent to watchers, but not stored. */
public record JobProgress(long done, long total, String text) {}
