/** What the server knows of the work: a check before acceptance, and a run. */
@NullMarked
package org.nnsight4j.server.execute;

import org.jspecify.annotations.NullMarked;
