package org.nnsight4j.run;

import org.nnsight4j.plan.Plan;

/**
 * A run of one forward pass.
 *
 * @param wholePass whether to go on after the last site that the plan needs
 */
public record TraceRun(Plan plan, Batch batch, boolean wholePass) {}
