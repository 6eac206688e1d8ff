/** Time that passes evenly, whatever is done to the clock of the machine. */
@NullMarked
package org.nnsight4j.server.time;

import org.jspecify.annotations.NullMarked;
