/** Writes the models in this jar to files. */
@NullMarked
package org.nnsight4j.models.embedded;

import org.jspecify.annotations.NullMarked;
