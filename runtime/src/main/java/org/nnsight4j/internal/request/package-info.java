/** Requested runs and their results: data, wherever the runs happen. */
@NullMarked
package org.nnsight4j.internal.request;

import org.jspecify.annotations.NullMarked;
