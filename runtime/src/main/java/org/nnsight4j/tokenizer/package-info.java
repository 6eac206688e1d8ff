/** Text to token ids and back, on DJL's Hugging Face tokenizers. */
@NullMarked
package org.nnsight4j.tokenizer;

import org.jspecify.annotations.NullMarked;
