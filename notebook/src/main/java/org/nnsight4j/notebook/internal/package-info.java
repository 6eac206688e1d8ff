/** The services that the kernels load. */
@NullMarked
package org.nnsight4j.notebook.internal;

import org.jspecify.annotations.NullMarked;
