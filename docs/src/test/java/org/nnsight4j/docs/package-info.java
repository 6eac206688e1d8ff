/** Keeps README and docs true. */
@NullMarked
package org.nnsight4j.docs;

import org.jspecify.annotations.NullMarked;
