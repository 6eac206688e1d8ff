/** How the next token is chosen: greedy decoding, sampling and beam search. */
@NullMarked
package org.nnsight4j.internal.decode;

import org.jspecify.annotations.NullMarked;
