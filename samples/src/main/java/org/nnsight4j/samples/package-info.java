/** One runnable class for each idea. */
@NullMarked
package org.nnsight4j.samples;

import org.jspecify.annotations.NullMarked;
