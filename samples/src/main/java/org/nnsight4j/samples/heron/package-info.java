/** A family of your own with the blocks of the decoder: a descriptor and a setting. */
@NullMarked
package org.nnsight4j.samples.heron;

import org.jspecify.annotations.NullMarked;
