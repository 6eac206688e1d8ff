/** Which known name an unknown one is close to. */
@NullMarked
package org.nnsight4j.internal.spelling;

import org.jspecify.annotations.NullMarked;
