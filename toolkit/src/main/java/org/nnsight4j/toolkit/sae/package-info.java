/** Features of sparse autoencoders: which are active, and what the model does without them. */
@NullMarked
package org.nnsight4j.toolkit.sae;

import org.jspecify.annotations.NullMarked;
