/** Named places where the crash tests kill the process. */
@NullMarked
package org.nnsight4j.server.fault;

import org.jspecify.annotations.NullMarked;
