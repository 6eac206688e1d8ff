package org.nnsight4j.server.job;

/** How far a run is; told to watchers, and not kept. */
public record JobProgress(long done, long total, String text) {}
