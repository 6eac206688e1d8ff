/** Qwen 3: its module tree for users, its configuration of the decoder, and published sizes. */
@NullMarked
package org.nnsight4j.models.qwen3;

import org.jspecify.annotations.NullMarked;
