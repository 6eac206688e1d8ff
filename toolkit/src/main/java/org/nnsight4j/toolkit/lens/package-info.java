/** The logit lens: the tokens that each layer of a model would predict. */
@NullMarked
package org.nnsight4j.toolkit.lens;

import org.jspecify.annotations.NullMarked;
