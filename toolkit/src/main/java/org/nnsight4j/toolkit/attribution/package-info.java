/** Which part of a model made a logit: direct logit attribution. */
@NullMarked
package org.nnsight4j.toolkit.attribution;

import org.jspecify.annotations.NullMarked;
