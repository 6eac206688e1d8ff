/** Finds the line of the user's code at which something was recorded. */
@NullMarked
package org.nnsight4j.internal.source;

import org.jspecify.annotations.NullMarked;
