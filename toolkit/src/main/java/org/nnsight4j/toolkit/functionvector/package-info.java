/** Function vectors: tasks that a few heads carry from examples to the last token. */
@NullMarked
package org.nnsight4j.toolkit.functionvector;

import org.jspecify.annotations.NullMarked;
