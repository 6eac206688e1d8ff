/** Names and text as people read them: which known name is close, and what a terminal can show. */
@NullMarked
package org.nnsight4j.internal.spelling;

import org.jspecify.annotations.NullMarked;
