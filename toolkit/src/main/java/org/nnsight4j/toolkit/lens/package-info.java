/** What a model would say early: the tokens that each of its layers predicts. */
@NullMarked
package org.nnsight4j.toolkit.lens;

import org.jspecify.annotations.NullMarked;
