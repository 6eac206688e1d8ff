/** What a sweep asks for as data, and which rows of which blocks have to be computed for it. */
@NullMarked
package org.nnsight4j.internal.sweep;

import org.jspecify.annotations.NullMarked;
