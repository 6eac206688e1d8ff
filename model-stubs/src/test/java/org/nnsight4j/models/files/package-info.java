/** Files of other tools, beside any family: autoencoders, adapters, control vectors. */
@NullMarked
package org.nnsight4j.models.files;

import org.jspecify.annotations.NullMarked;
