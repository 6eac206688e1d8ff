/** The client of a server: jobs, their events and results. Loads no native library. */
@NullMarked
package org.nnsight4j.remote;

import org.jspecify.annotations.NullMarked;
