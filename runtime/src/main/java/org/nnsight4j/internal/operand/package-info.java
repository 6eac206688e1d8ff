/** What the operations of a value are recorded through, known to both sides of the recording. */
@NullMarked
package org.nnsight4j.internal.operand;

import org.jspecify.annotations.NullMarked;
