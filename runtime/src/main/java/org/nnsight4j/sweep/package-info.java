/** The words of a sweep: where it acts, what it measures, what it costs and what it found. */
@NullMarked
package org.nnsight4j.sweep;

import org.jspecify.annotations.NullMarked;
