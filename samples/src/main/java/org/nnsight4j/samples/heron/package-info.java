/** A family of one's own whose blocks are those of the decoder: a descriptor and a setting. */
@NullMarked
package org.nnsight4j.samples.heron;

import org.jspecify.annotations.NullMarked;
