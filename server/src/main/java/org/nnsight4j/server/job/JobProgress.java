package org.nnsight4j.server.job;

/** How far a run is; told to those who watch, and not kept. */
public record JobProgress(long done, long total, String text) {}
