/** The entry points: a model, its runs, and what they return. */
@NullMarked
package org.nnsight4j;

import org.jspecify.annotations.NullMarked;
