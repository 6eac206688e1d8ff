/** What a job is: its states, its events, who may move it where. */
@NullMarked
package org.nnsight4j.server.job;

import org.jspecify.annotations.NullMarked;
