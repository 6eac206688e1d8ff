/** GPT-2: its descriptor, its module tree, its forward pass, and a small trained model. */
@NullMarked
package org.nnsight4j.models.gpt2;

import org.jspecify.annotations.NullMarked;
