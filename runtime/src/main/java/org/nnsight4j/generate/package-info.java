/** Decoding on the host: from logits to tokens, with Hugging Face's names and meanings. */
@NullMarked
package org.nnsight4j.generate;

import org.jspecify.annotations.NullMarked;
