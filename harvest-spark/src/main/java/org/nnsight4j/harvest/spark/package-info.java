/** Harvests and analyses of many prompts on Apache Spark. */
@NullMarked
package org.nnsight4j.harvest.spark;

import org.jspecify.annotations.NullMarked;
