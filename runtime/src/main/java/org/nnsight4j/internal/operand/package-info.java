/**
 * The interface through which a value's operations are recorded; values and the recorder both
 * depend on it.
 */
@NullMarked
package org.nnsight4j.internal.operand;

import org.jspecify.annotations.NullMarked;
