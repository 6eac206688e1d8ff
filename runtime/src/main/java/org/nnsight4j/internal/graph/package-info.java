/**
 * What a user records: values, the nodes that they stand for, and the finished graph; plain data
 * without an engine.
 */
@NullMarked
package org.nnsight4j.internal.graph;

import org.jspecify.annotations.NullMarked;
