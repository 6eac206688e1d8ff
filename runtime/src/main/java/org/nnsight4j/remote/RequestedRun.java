package org.nnsight4j.remote;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.RunCondition;

/**
 * One run of a request.
 *
 * @param generates whether tokens are generated, or there is one forward pass
 * @param wholePass of a forward pass: whether it goes on after the last site that is needed
 * @param when in a session: what decides whether it happens; null if it always does
 */
public record RequestedRun(
    Graph graph,
    boolean generates,
    GenerateOptions options,
    boolean wholePass,
    @Nullable RunCondition when) {}
