/** Processes in which jobs run, so that a native crash costs one attempt. */
@NullMarked
package org.nnsight4j.server.worker;

import org.jspecify.annotations.NullMarked;
