/** Models inside this jar, as files. */
@NullMarked
package org.nnsight4j.models.embedded;

import org.jspecify.annotations.NullMarked;
