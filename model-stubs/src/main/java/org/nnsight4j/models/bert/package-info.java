/**
 * BERT, a masked language model: its module tree for users, its forward pass and published sizes.
 */
@NullMarked
package org.nnsight4j.models.bert;

import org.jspecify.annotations.NullMarked;
