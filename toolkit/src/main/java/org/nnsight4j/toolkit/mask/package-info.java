/** The predictions of masked language models. */
@NullMarked
package org.nnsight4j.toolkit.mask;

import org.jspecify.annotations.NullMarked;
