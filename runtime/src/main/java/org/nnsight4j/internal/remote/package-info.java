/** Runs that happen on a server. */
@NullMarked
package org.nnsight4j.internal.remote;

import org.jspecify.annotations.NullMarked;
