/** Runs that happen in this process, on a checkpoint that loads when it is needed. */
@NullMarked
package org.nnsight4j.internal.local;

import org.jspecify.annotations.NullMarked;
