/** One run as it is asked for, and what it gave: data, wherever it happens. */
@NullMarked
package org.nnsight4j.internal.request;

import org.jspecify.annotations.NullMarked;
