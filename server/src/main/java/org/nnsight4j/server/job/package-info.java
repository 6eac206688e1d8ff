/** What a job is: its states, its events, and which of them may follow which. */
@NullMarked
package org.nnsight4j.server.job;

import org.jspecify.annotations.NullMarked;
