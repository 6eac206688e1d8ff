/** From a graph to a plan: pruned, ordered by site and step, checked, reusable. */
@NullMarked
package org.nnsight4j.internal.plan;

import org.jspecify.annotations.NullMarked;
