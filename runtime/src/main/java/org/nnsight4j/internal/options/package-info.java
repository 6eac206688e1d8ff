/** The ranges of single options. */
@NullMarked
package org.nnsight4j.internal.options;

import org.jspecify.annotations.NullMarked;
