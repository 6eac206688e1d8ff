/** One runnable class per idea. */
@NullMarked
package org.nnsight4j.samples;

import org.jspecify.annotations.NullMarked;
