/** The programs of the cookbook, docs/cookbook: each does one thing and can be copied whole. */
@NullMarked
package org.nnsight4j.samples.cookbook;

import org.jspecify.annotations.NullMarked;
