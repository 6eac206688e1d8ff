/** Decoding on the host: from logits to tokens, with the names and the meaning of Hugging Face. */
@NullMarked
package org.nnsight4j.generate;

import org.jspecify.annotations.NullMarked;
