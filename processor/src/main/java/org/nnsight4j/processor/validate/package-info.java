/** One class per rule about descriptors. */
@NullMarked
package org.nnsight4j.processor.validate;

import org.jspecify.annotations.NullMarked;
