package org.nnsight4j.internal.run;

import org.nnsight4j.internal.plan.Plan;

/**
 * A run of one forward pass.
 *
 * @param wholePass whether to continue after the last site that the plan needs
 */
public record TraceRun(Plan plan, Batch batch, boolean wholePass) {}
