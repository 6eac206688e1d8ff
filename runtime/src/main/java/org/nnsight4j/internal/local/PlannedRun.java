package org.nnsight4j.internal.local;

import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RequestedRun;

/** A run that is compiled for a checkpoint. */
public record PlannedRun(RequestedRun run, RunSettings settings, Plan plan) {}
