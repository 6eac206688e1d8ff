/** The closed list of operations: each one's name, shape rule and kernel stand together. */
@NullMarked
package org.nnsight4j.internal.op;

import org.jspecify.annotations.NullMarked;
