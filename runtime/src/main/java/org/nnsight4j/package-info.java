/** Where user code begins. */
@NullMarked
package org.nnsight4j;

import org.jspecify.annotations.NullMarked;
