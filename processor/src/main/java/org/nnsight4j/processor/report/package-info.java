/** Diagnostics as values: collected first, printed once. */
@NullMarked
package org.nnsight4j.processor.report;

import org.jspecify.annotations.NullMarked;
