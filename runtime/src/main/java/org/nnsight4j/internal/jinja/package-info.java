/** Jinja chat templates, rendered as transformers renders them. */
@NullMarked
package org.nnsight4j.internal.jinja;

import org.jspecify.annotations.NullMarked;
