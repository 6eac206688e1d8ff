/** Measures kernels; nothing here is a test. */
@NullMarked
package org.nnsight4j.models.speed;

import org.jspecify.annotations.NullMarked;
