/** Which line of the user's code something was recorded at. */
@NullMarked
package org.nnsight4j.internal.source;

import org.jspecify.annotations.NullMarked;
