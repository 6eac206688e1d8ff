package org.nnsight4j.internal.request;

import org.nnsight4j.error.SourceLine;

/**
 * A truth value of an earlier run of a session that decides whether a run happens.
 *
 * @param run the index of the earlier run
 * @param save its save node that holds one truth value
 * @param line where the user asked for it
 */
public record RunCondition(int run, int save, SourceLine line) {}
