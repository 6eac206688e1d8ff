/** How much memory models of usual sizes take. */
@NullMarked
package org.nnsight4j.models.memory;

import org.jspecify.annotations.NullMarked;
