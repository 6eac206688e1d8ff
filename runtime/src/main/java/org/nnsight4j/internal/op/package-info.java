/** The closed list of operations: the name, shape rule and kernel of each are in one place. */
@NullMarked
package org.nnsight4j.internal.op;

import org.jspecify.annotations.NullMarked;
